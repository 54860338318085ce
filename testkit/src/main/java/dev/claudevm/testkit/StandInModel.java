package dev.claudevm.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A stand-in for the Anthropic Messages API on loopback. What it answers is scripted by the person's own message (see
 * {@link Script}), so that it works across processes. Safe for use by many threads.
 *
 * <p>By hand: {@code java -cp <testkit and Jackson> dev.claudevm.testkit.StandInModel 18080}, then start an agent with
 * {@code ANTHROPIC_BASE_URL=http://127.0.0.1:18080}. {@code POST /_control/hold} and {@code /_control/release} work the
 * gate from outside, {@code GET /_control/main} lists the person's messages that were asked.
 */
public final class StandInModel implements AutoCloseable {

    static final JsonMapper JSON = JsonMapper.builder().build();

    /** Bodies are some 100 kB each: older ones are forgotten, what was said in them is not. */
    private static final int BODIES_KEPT = 200;

    static {
        // Without it each streamed piece waits for an acknowledgement (some 40 ms).
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Gate gate = new Gate();
    private final List<Recorded> recorded = new ArrayList<>();
    private final Map<String, Integer> failed = new ConcurrentHashMap<>();
    private volatile @Nullable String key;

    private StandInModel(int port) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (IOException failure) {
            throw new UncheckedIOException("The stand-in model cannot listen on port " + port, failure);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** Starts on a free port. */
    public static StandInModel start() {
        return new StandInModel(0);
    }

    /** @param port 0: a free one */
    public static StandInModel start(int port) {
        return new StandInModel(port);
    }

    /**
     * Runs until it is killed.
     *
     * @param arguments the port; without one a free one is taken
     */
    public static void main(String[] arguments) {
        StandInModel model = start(arguments.length == 0 ? 0 : Integer.parseInt(arguments[0]));
        System.out.println("Stand-in model on " + model.baseUrl());
        System.out.flush();
    }

    /** @return what {@code ANTHROPIC_BASE_URL} has to be */
    public String baseUrl() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** From now on a request without this key gets 401; null lets everybody in again. */
    public void requireKey(@Nullable String required) {
        key = required;
    }

    /** Freezes every stream before its next piece, and new requests before their answer. */
    public void hold() {
        gate.hold();
    }

    /** Lets held streams go on, and whatever a {@code hang} step keeps waiting. */
    public void release() {
        gate.release();
    }

    /** @return every request for a message, oldest first, also those that got an error */
    public List<Recorded> requests() {
        synchronized (recorded) {
            return List.copyOf(recorded);
        }
    }

    /** @return the requests of conversations, without those that an agent makes beside (titles, checks) */
    public List<Recorded> mainRequests() {
        return requests().stream().filter(Recorded::main).toList();
    }

    /** @return how often the model was asked to answer exactly this message as its first step */
    public long timesAsked(String text) {
        return mainRequests().stream()
                .filter(request -> request.answered() == 0 && request.lastSaid().equals(text.strip()))
                .count();
    }

    @Override
    public void close() {
        gate.close();
        server.stop(0);
        threads.shutdownNow();
    }

    /** One request for a message. */
    public static final class Recorded {
        private final boolean main;
        private final Conversation conversation;
        private volatile @Nullable JsonNode body;

        Recorded(boolean main, Conversation conversation, JsonNode body) {
            this.main = main;
            this.conversation = conversation;
            this.body = body;
        }

        /** @return a conversation's request, not one that the agent makes beside */
        public boolean main() {
            return main;
        }

        /** @return the person's messages that the model sees, oldest first */
        public List<String> said() {
            return conversation.said();
        }

        public String lastSaid() {
            return conversation.last();
        }

        /** @return how many messages of the model follow the person's last one */
        public int answered() {
            return conversation.answered();
        }

        /** @return the whole body; empty when it was too long ago */
        public Optional<JsonNode> body() {
            return Optional.ofNullable(body);
        }

        @Override
        public String toString() {
            return (main ? "main " : "beside ") + conversation;
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String method = exchange.getRequestMethod();
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (path.startsWith("/_control/")) {
                control(exchange, path.substring("/_control/".length()));
            } else if (method.equals("HEAD")) {
                exchange.sendResponseHeaders(200, -1);
            } else if (!allowed(exchange)) {
                error(exchange, 401);
            } else if (method.equals("POST") && path.equals("/v1/messages")) {
                message(exchange, JSON.readTree(body));
            } else if (method.equals("POST") && path.equals("/v1/messages/count_tokens")) {
                json(exchange, 200, JSON.createObjectNode().put("input_tokens", body.length / 4));
            } else if (path.startsWith("/v1/models")) {
                ObjectNode page = JSON.createObjectNode().put("has_more", false);
                page.withArray("data");
                json(exchange, 200, page);
            } else {
                error(exchange, 404);
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        } catch (IOException | UncheckedIOException gone) {
            // The agent hung up, for example because it was interrupted.
        }
    }

    private void control(HttpExchange exchange, String what) throws IOException {
        switch (what) {
            case "hold" -> hold();
            case "release" -> release();
            case "main" -> {}
            default -> {
                error(exchange, 404);
                return;
            }
        }
        ObjectNode answer = JSON.createObjectNode();
        for (Recorded request : mainRequests()) {
            answer.withArray("main").addObject().put("said", request.lastSaid()).put("answered", request.answered());
        }
        json(exchange, 200, answer);
    }

    private boolean allowed(HttpExchange exchange) {
        String required = key;
        return required == null
                || required.equals(exchange.getRequestHeaders().getFirst("x-api-key"))
                || ("Bearer " + required).equals(exchange.getRequestHeaders().getFirst("Authorization"));
    }

    private void message(HttpExchange exchange, JsonNode body) throws IOException, InterruptedException {
        Conversation conversation = Conversation.of(body);
        boolean main = !body.path("tools").isEmpty();
        record(new Recorded(main, conversation, body));
        List<Script.Step> steps = main ? next(conversation) : List.of(new Script.Say(Beside.answer(body)));
        for (Script.Step step : steps) {
            if (step instanceof Script.Fail(int status, int times)
                    && failed.merge(conversation.said() + " " + conversation.answered(), 1, Integer::sum) <= times) {
                error(exchange, status);
                return;
            }
        }
        gate.await();
        if (steps.contains(new Script.Hang())) {
            gate.awaitRelease();
        }
        if (body.path("stream").asBoolean(false)) {
            new MessageStream(exchange, gate).write(body, steps);
        } else {
            json(exchange, 200, MessageBody.of(body, steps));
        }
    }

    private static List<Script.Step> next(Conversation conversation) {
        List<List<Script.Step>> messages = Script.parse(conversation.last())
                .map(Script::messages)
                .orElseGet(() -> List.of(List.of(new Script.Say(friendly(conversation)))));
        return conversation.answered() < messages.size()
                ? messages.get(conversation.answered())
                : List.of(new Script.Say("Done."));
    }

    private static String friendly(Conversation conversation) {
        int count = conversation.said().size();
        return "You said: \"" + conversation.last() + "\". I have seen " + count
                + (count == 1 ? " message" : " messages") + " from you, the first was: \""
                + (count == 0 ? "" : conversation.said().getFirst()) + "\".";
    }

    private void record(Recorded request) {
        synchronized (recorded) {
            recorded.add(request);
            if (recorded.size() > BODIES_KEPT) {
                recorded.get(recorded.size() - 1 - BODIES_KEPT).body = null;
            }
        }
    }

    private static void error(HttpExchange exchange, int status) throws IOException {
        ObjectNode answer = JSON.createObjectNode().put("type", "error");
        answer.putObject("error").put("type", ApiErrors.type(status)).put("message", ApiErrors.message(status));
        json(exchange, status, answer.put("request_id", "req_standin"));
    }

    private static void json(HttpExchange exchange, int status, JsonNode answer) throws IOException {
        byte[] bytes = answer.toString().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }
}
