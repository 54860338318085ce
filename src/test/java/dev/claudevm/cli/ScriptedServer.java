package dev.claudevm.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventCodec;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that answers what a test tells it to, has one conversation's journal, and can break off a stream. */
final class ScriptedServer implements AutoCloseable {

    /** What was asked: method and path with query, and the body. */
    record Asked(String method, String path, String body, String lastEventId) {}

    private record Canned(int status, String body) {}

    final List<Asked> asked = new CopyOnWriteArrayList<>();
    /** So many requests that write get no answer: the connection is closed after the request was read. */
    final AtomicInteger unanswered = new AtomicInteger();
    /** So many events are sent in one stream, then it is cut. */
    volatile int eventsPerStream = Integer.MAX_VALUE;

    /** The problem that messages get; empty: they are taken. */
    volatile String refuseMessages = "";

    private final Map<String, Canned> answers = new ConcurrentHashMap<>();
    private final List<Event> journal = new ArrayList<>();
    private final HttpServer http;

    ScriptedServer() {
        this(0);
    }

    ScriptedServer(int port) {
        try {
            http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        http.createContext("/api/v1/", this::answer);
        http.start();
    }

    int port() {
        return http.getAddress().getPort();
    }

    String url() {
        return "http://127.0.0.1:" + port();
    }

    ScriptedServer on(String methodAndPath, int status, String body) {
        answers.put(methodAndPath, new Canned(status, body));
        return this;
    }

    synchronized Event journal(EventBody body) {
        Event event = new Event(journal.size() + 1, Instant.parse("2026-01-01T00:00:00Z"), body);
        journal.add(event);
        notifyAll();
        return event;
    }

    List<Asked> writes() {
        return asked.stream().filter(one -> !one.method().equals("GET")).toList();
    }

    @Override
    public void close() {
        http.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().toString().substring("/api/v1/".length());
        String method = exchange.getRequestMethod();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String last = String.valueOf(exchange.getRequestHeaders().getFirst("Last-Event-ID"));
        asked.add(new Asked(method, path, body, last));
        if (!method.equals("GET") && unanswered.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
            exchange.getResponseBody().close();
            exchange.close();
            return;
        }
        Canned canned = answers.get(method + " " + path);
        if (canned == null && path.startsWith("conversations/c1/events") && method.equals("GET")) {
            if ("text/event-stream".equals(exchange.getRequestHeaders().getFirst("Accept"))) {
                stream(exchange, Long.parseLong(last));
            } else {
                send(exchange, new Canned(200, page(path)));
            }
            return;
        }
        if (method.equals("PUT") && !refuseMessages.isEmpty()) {
            canned = new Canned(413, refuseMessages);
        }
        if (canned == null && !method.equals("GET")) {
            canned = new Canned(202, "{\"state\": \"stored\"}");
        }
        send(
                exchange,
                canned == null
                        ? new Canned(
                                404, "{\"detail\": \"There is no " + path + ".\", \"todo\": \"Look at the list.\"}")
                        : canned);
    }

    private static void send(HttpExchange exchange, Canned canned) throws IOException {
        byte[] bytes = canned.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(canned.status(), bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private synchronized String page(String path) {
        int limit = Integer.parseInt(path.replaceAll(".*limit=(\\d+).*", "$1"));
        boolean newest = path.contains("before=");
        long from = Long.parseLong(path.replaceAll(".*(?:after|before)=(\\d+).*", "$1"));
        List<String> events = journal.stream()
                .filter(event -> newest ? event.seq() < from && event.seq() >= from - limit : event.seq() > from)
                .limit(limit)
                .map(event -> EventCodec.toJson(event).toString())
                .toList();
        return "{\"events\": [" + String.join(",", events) + "], \"last\": " + journal.size() + "}";
    }

    private void stream(HttpExchange exchange, long after) throws IOException {
        exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            int sent = 0;
            for (long next = after + 1; sent < eventsPerStream; next++, sent++) {
                Event event = await(next);
                out.write(("id: " + event.seq() + "\nevent: " + event.type() + "\ndata: " + EventCodec.toJson(event)
                                + "\n\n")
                        .getBytes(StandardCharsets.UTF_8));
                out.flush();
            }
            // Cut in the middle of a message.
            out.write("id: 99\nevent: text\ndata: {\"seq\": 9".getBytes(StandardCharsets.UTF_8));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized Event await(long seq) throws InterruptedException {
        while (journal.size() < seq) {
            wait();
        }
        return journal.get((int) seq - 1);
    }
}
