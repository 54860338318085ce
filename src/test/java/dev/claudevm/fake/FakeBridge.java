package dev.claudevm.fake;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.claudevm.protocol.Bridge;
import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.Json;
import dev.claudevm.provider.StartSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A bridge's process: comes home over SSH and serves the HTTP API of docs/architecture.md, section 2. */
public final class FakeBridge implements AutoCloseable {

    private final StartSpec spec;
    private final FakeWorkspace workspace;
    private final KeyPair key = BridgeSession.newKey();
    private final HttpServer http;
    private final List<Bridge.AgentSpec> agents = new CopyOnWriteArrayList<>();
    private final AtomicInteger answersToSwallow = new AtomicInteger();
    private final AtomicInteger stopsAsked = new AtomicInteger();
    private final AtomicInteger restsAsked = new AtomicInteger();
    private volatile boolean needed;
    private volatile Disorder disorder = Disorder.NONE;
    private volatile String token = "";
    private volatile @Nullable BridgeSession session;
    private volatile boolean closed;

    /** What is wrong with the next stream of events. */
    public enum Disorder {
        NONE,
        /** Each event comes twice. */
        DOUBLED,
        /** The second of the events is left out; the stream after it is in order. */
        GAP,
        /** Newest first. */
        BACKWARDS,
        /** Ends after one event, each time. */
        CUT_AFTER_ONE
    }

    public FakeBridge(StartSpec spec, FakeWorkspace workspace) throws IOException {
        this.spec = spec;
        this.workspace = workspace;
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        http.createContext("/v1/", this::serve);
        http.start();
        try (BridgeSession enrolment = BridgeSession.withToken(spec.gateway(), spec.workspaceId(), spec.token())) {
            check(enrolment.exec(
                    "enroll", new Bridge.Enroll(spec.workspaceId(), spec.generation(), BridgeSession.text(key))));
        }
        comeHome();
    }

    /** Connects, or connects again. */
    public void comeHome() throws IOException {
        BridgeSession home = BridgeSession.withKey(spec.gateway(), spec.workspaceId(), key);
        int port = http.getAddress().getPort();
        int httpPort = home.forward("127.0.0.1", 0, port);
        int sshPort = home.forward("127.0.0.1", 0, port);
        String answer = check(home.exec(
                "hello",
                new Bridge.Hello(
                        spec.workspaceId(), spec.generation(), "test", httpPort, sshPort, BridgeSession.text(key))));
        token = Json.MAPPER.readValue(answer, Bridge.Welcome.class).token();
        session = home;
    }

    private static String check(BridgeSession.Answer answer) throws IOException {
        if (answer.exitCode() != 0) {
            throw new IOException("The gateway refused: " + answer.json());
        }
        return answer.json();
    }

    /** The next so many commands are taken, and then the connection is lost before the answer. */
    public void swallowAnswers(int count) {
        answersToSwallow.set(count);
    }

    public void next(Disorder wrong) {
        disorder = wrong;
    }

    public List<Bridge.AgentSpec> agents() {
        return List.copyOf(agents);
    }

    /** Whether it lets itself be put to rest. */
    public void needed(boolean now) {
        needed = now;
    }

    /** @return how often it was asked to rest */
    public int restsAsked() {
        return restsAsked.get();
    }

    private boolean refusesToRest() {
        restsAsked.incrementAndGet();
        return needed;
    }

    /** @return how often it was asked to stop */
    public int stopsAsked() {
        return stopsAsked.get();
    }

    /** Loses the connection; the process goes on. */
    public void cut() {
        BridgeSession home = session;
        if (home != null) {
            home.cut();
        }
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            if (!("Bearer " + token).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                answer(exchange, 401, "{\"error\":\"no\"}");
            } else if (path.equals("/v1/agents")) {
                agents.clear();
                agents.addAll(List.of(Json.MAPPER.readValue(exchange.getRequestBody(), Bridge.AgentSpec[].class)));
                exchange.sendResponseHeaders(204, -1);
            } else if (path.equals("/v1/stop") && exchange.getRequestURI().getQuery() != null && refusesToRest()) {
                answer(exchange, 409, "{\"error\":\"needed\"}");
            } else if (path.equals("/v1/stop")) {
                stopsAsked.incrementAndGet();
                exchange.sendResponseHeaders(202, -1);
                Thread.startVirtualThread(this::close);
            } else if (path.endsWith("/commands")) {
                command(exchange, path.split("/")[3]);
            } else if (path.endsWith("/events")) {
                events(exchange, path.split("/")[3]);
            } else if (exchange.getRequestMethod().equals("PUT")) {
                Bridge.ConversationSpec conversation =
                        Json.MAPPER.readValue(exchange.getRequestBody(), Bridge.ConversationSpec.class);
                workspace.open(conversation);
                answer(
                        exchange,
                        200,
                        Json.MAPPER.writeValueAsString(
                                new Bridge.ConversationStatus(conversation.id(), conversation.agent(), 0, false, 0)));
            } else {
                answer(exchange, 404, "{\"error\":\"unknown\"}");
            }
        }
    }

    private void command(HttpExchange exchange, String conversation) throws IOException {
        Command command = Json.MAPPER.readValue(exchange.getRequestBody(), Command.class);
        if (!workspace.knows(conversation)) {
            answer(exchange, 404, "{\"error\":\"unknown conversation\"}");
            return;
        }
        var result = workspace.take(conversation, command);
        if (answersToSwallow.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
            exchange.close();
            return;
        }
        answer(exchange, 200, Json.MAPPER.writeValueAsString(result));
    }

    private void events(HttpExchange exchange, String conversation) throws IOException {
        long sent = Long.parseLong(exchange.getRequestURI().getQuery().substring("after=".length()));
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        long beat = System.nanoTime();
        while (!closed) {
            List<String> fresh = new ArrayList<>(workspace.after(conversation, sent));
            if (fresh.size() > 1 || (disorder != Disorder.GAP && disorder != Disorder.BACKWARDS && !fresh.isEmpty())) {
                sent += fresh.size();
                Disorder wrong = disorder;
                if (wrong == Disorder.GAP) {
                    fresh.remove(1);
                } else if (wrong == Disorder.BACKWARDS) {
                    fresh = new ArrayList<>(fresh.reversed());
                }
                if (wrong != Disorder.CUT_AFTER_ONE && wrong != Disorder.DOUBLED) {
                    disorder = Disorder.NONE;
                }
                for (String event : fresh) {
                    write(out, event);
                    if (wrong == Disorder.DOUBLED) {
                        write(out, event);
                    }
                    if (wrong == Disorder.CUT_AFTER_ONE) {
                        out.flush();
                        return;
                    }
                }
                out.flush();
            }
            if (System.nanoTime() - beat > TimeUnit.MILLISECONDS.toNanos(300)) {
                out.write("event: beat\ndata: {}\n\n".getBytes(StandardCharsets.UTF_8));
                out.flush();
                beat = System.nanoTime();
            }
            workspace.awaitNews();
        }
    }

    private static void write(OutputStream out, String event) throws IOException {
        String seq = Json.MAPPER.readTree(event).path("seq").asString("");
        String type = Json.MAPPER.readTree(event).path("type").asString("");
        out.write(("id: " + seq + "\nevent: " + type + "\ndata: " + event + "\n\n").getBytes(StandardCharsets.UTF_8));
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    boolean ended() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
        BridgeSession home = session;
        if (home != null) {
            home.close();
        }
        http.stop(0);
    }
}
