package dev.claudevm.bridge;

import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Bridge.AgentSpec;
import dev.claudevm.protocol.Bridge.ConversationSpec;
import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.CommandResult;
import dev.claudevm.protocol.Json;
import dev.claudevm.testkit.ClassCache;
import dev.claudevm.testkit.CleanProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A workspace of one test: a gateway, a bridge in a process of its own, a tmux server of its own, a scripted agent. */
final class BridgeUnderTest implements AutoCloseable {

    static final String CONVERSATION = "c1";
    static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final List<String> JAVA = ClassCache.java(
            "bridge",
            List.of(
                    "-Xms16m",
                    "-Xmx192m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-XX:CompileThresholdScaling=5",
                    "--enable-native-access=ALL-UNNAMED"),
            java -> {
                List<String> line = new ArrayList<>(java);
                line.addAll(List.of("dev.claudevm.bridge.ScriptBridge", "--train"));
                try (CleanProcess training = CleanProcess.of(line).start()) {
                    training.awaitExit(PATIENCE);
                }
            });

    final Path folder;
    final Path state;
    final Path project;
    final TestGateway gateway;
    final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    final Map<String, String> environment = new LinkedHashMap<>();
    private final Path agentLog;
    private @Nullable CleanProcess bridge;
    private dev.claudevm.protocol.Bridge.@Nullable Hello hello;
    private String base = "";
    private String token = "";

    BridgeUnderTest() throws IOException {
        folder = Files.createTempDirectory("cvb");
        state = Files.createDirectories(folder.resolve("state"));
        project = Files.createDirectories(folder.resolve("project"));
        Files.createDirectories(folder.resolve("tmux"));
        agentLog = folder.resolve("agent.log");
        gateway = new TestGateway(folder.resolve("gateway"));
        gateway.oneTimeToken = "one-time";
        Files.writeString(state.resolve("token"), "one-time");
        try (var in = Objects.requireNonNull(BridgeUnderTest.class.getResourceAsStream("script-agent.sh"))) {
            Files.copy(in, folder.resolve("agent.sh"), StandardCopyOption.REPLACE_EXISTING);
        }
        environment.put("CLAUDE_VM_WORKSPACE", "bold-fire-1234");
        environment.put("CLAUDE_VM_GENERATION", "1");
        environment.put("CLAUDE_VM_GATEWAY", "127.0.0.1:" + gateway.port());
        environment.put("CLAUDE_VM_GATEWAY_KEY", Keys.text(gateway.hostKey.getPublic()));
        environment.put("CLAUDE_VM_PROJECT", project.toString());
        environment.put("CLAUDE_VM_BRIDGE_HOME", state.toString());
        environment.put("CLAUDE_VM_AGENTS", folder.resolve("agents").toString());
        environment.put("TMUX_TMPDIR", folder.resolve("tmux").toString());
    }

    /** Starts a bridge that the gateway need not let in. */
    CleanProcess launch(Map<String, String> more) {
        List<String> line = new ArrayList<>(JAVA);
        line.add("dev.claudevm.bridge.ScriptBridge");
        Path home = folder.resolve("home");
        home.toFile().mkdirs();
        CleanProcess started = CleanProcess.of(line)
                .env(environment)
                .env(more)
                .home(home)
                .in(folder)
                .start();
        bridge = started;
        return started;
    }

    /** Starts the bridge and waits until it is home. */
    BridgeUnderTest start(String... more) {
        Map<String, String> env = new LinkedHashMap<>();
        for (int i = 0; i < more.length; i += 2) {
            env.put(more[i], more[i + 1]);
        }
        launch(env);
        arrive();
        return this;
    }

    void arrive() {
        long until = System.nanoTime() + PATIENCE.toNanos();
        TestGateway.Arrival arrival = gateway.nextArrival();
        while (arrival == null) {
            if (!bridge().alive() || System.nanoTime() > until) {
                throw new AssertionError("The bridge did not come home.\n" + bridge().log());
            }
            arrival = gateway.nextArrival();
        }
        take(arrival);
        // The bridge knows the token when the welcome has reached it, and a newer arrival may follow at once.
        Awaitility.await("the bridge knows its token")
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> {
                    if (send("GET", "/v1/health", null).statusCode() == 200) {
                        return true;
                    }
                    TestGateway.Arrival newer = gateway.nextArrival();
                    if (newer != null) {
                        take(newer);
                    }
                    return false;
                });
    }

    private void take(TestGateway.Arrival arrival) {
        hello = arrival.hello();
        base = "http://127.0.0.1:" + arrival.hello().httpPort();
        token = arrival.token();
    }

    BridgeUnderTest withConversation() {
        return withConversation(Map.of());
    }

    BridgeUnderTest withConversation(Map<String, String> agentEnv) {
        Map<String, String> env = new LinkedHashMap<>(agentEnv);
        env.put("SCRIPT_LOG", agentLog.toString());
        agents(new AgentSpec(
                "script",
                "Script",
                "script",
                List.of("/bin/bash", folder.resolve("agent.sh").toString()),
                env));
        conversation("script");
        return this;
    }

    void agents(AgentSpec... specs) {
        expect(204, send("PUT", "/v1/agents", specs));
    }

    void conversation(String agent) {
        expect(
                200,
                send(
                        "PUT",
                        "/v1/conversations/" + CONVERSATION,
                        new ConversationSpec(CONVERSATION, agent, null, "Test")));
    }

    CleanProcess bridge() {
        return Objects.requireNonNull(bridge);
    }

    void kill9() {
        bridge().kill9();
    }

    /** A new id, as a client makes it. */
    static String id() {
        return UUID.randomUUID().toString();
    }

    /** Enqueues a message. @return its id */
    String say(String text) {
        String id = id();
        command(new Command.Enqueue(id, text, false, List.of(), "anna"));
        return id;
    }

    CommandResult command(Command command) {
        return Json.MAPPER.readValue(
                expect(200, send("POST", "/v1/conversations/" + CONVERSATION + "/commands", command)),
                CommandResult.class);
    }

    static String expect(int status, HttpResponse<String> response) {
        if (response.statusCode() != status) {
            throw new AssertionError("Wanted " + status + ", got " + response.statusCode() + ": " + response.body());
        }
        return response.body();
    }

    HttpResponse<String> send(String method, String path, @Nullable Object body) {
        return send(method, path, body == null ? "" : Json.MAPPER.writeValueAsString(body), token);
    }

    HttpResponse<String> send(String method, String path, String body, @Nullable String bearer) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                    .timeout(Duration.ofSeconds(30))
                    .method(method, HttpRequest.BodyPublishers.ofString(body));
            if (bearer != null) {
                request.header("Authorization", "Bearer " + bearer);
            }
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    Reader reader(long after) {
        return new Reader(http, base, token, CONVERSATION, after);
    }

    /**
     * @return every event from number 1 on, when {@code until} holds for one of them; without those of checkpoints, which
     *     come when they are ready
     */
    List<JsonNode> eventsUntil(String what, Predicate<JsonNode> until) {
        return withoutCheckpoints(allEventsUntil(what, until));
    }

    static List<JsonNode> withoutCheckpoints(List<JsonNode> events) {
        return events.stream()
                .filter(e -> !e.path("type").asString().startsWith("checkpoint."))
                .toList();
    }

    /** @return every event from number 1 on, when {@code until} holds for one of them */
    List<JsonNode> allEventsUntil(String what, Predicate<JsonNode> until) {
        try (Reader reader = reader(0)) {
            try {
                await(what).atMost(PATIENCE).until(() -> reader.events.stream().anyMatch(until));
            } catch (org.awaitility.core.ConditionTimeoutException e) {
                throw new AssertionError(
                        "There was no " + what + " for " + reader + "\n" + journal() + "\n" + bridge().log(), e);
            }
            return List.copyOf(reader.events);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    List<JsonNode> eventsUntilTurns(int finished) {
        String last = "t" + finished;
        return eventsUntil(
                "turn " + last + " finished",
                e -> e.path("type").asString().equals("turn.finished")
                        && e.path("turnId").asString().equals(last));
    }

    JsonNode awaitEvent(String type) {
        return allEventsUntil(type, e -> e.path("type").asString().equals(type)).stream()
                .filter(e -> e.path("type").asString().equals(type))
                .findFirst()
                .orElseThrow();
    }

    /** @return the lines that the agent was told, as it wrote them down */
    List<String> agentHeard() {
        try {
            return Files.exists(agentLog) ? Files.readAllLines(agentLog) : List.of();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    long agentHeard(String part) {
        return agentHeard().stream().filter(l -> l.contains(part)).count();
    }

    Path conversationFolder() {
        return state.resolve("conversations").resolve(CONVERSATION);
    }

    Path run(int number) {
        return conversationFolder().resolve("runs").resolve(Integer.toString(number));
    }

    private String[] pids() throws IOException {
        Path runs = conversationFolder().resolve("runs");
        try (Stream<Path> all = Files.list(runs)) {
            Path newest = all.max(Comparator.comparing(
                            p -> Integer.parseInt(p.getFileName().toString())))
                    .orElseThrow();
            return Files.readString(newest.resolve("pids")).strip().split(" ");
        }
    }

    long wrapperPid() throws IOException {
        return Long.parseLong(pids()[0]);
    }

    long agentPid() throws IOException {
        return Long.parseLong(pids()[2]);
    }

    void killAgent() throws IOException {
        ProcessHandle.of(agentPid()).orElseThrow().destroyForcibly();
    }

    void signalAgent(String signal) throws Exception {
        new ProcessBuilder("/bin/kill", "-" + signal, Long.toString(agentPid()))
                .start()
                .waitFor();
    }

    /** @return whether the process is gone, or a zombie that nobody has reaped yet */
    static boolean dead(long pid) throws IOException {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.substring(stat.lastIndexOf(')') + 2).startsWith("Z");
        } catch (java.nio.file.NoSuchFileException e) {
            return true;
        }
    }

    dev.claudevm.protocol.Bridge.Hello hello() {
        return Objects.requireNonNull(hello);
    }

    int httpPort() {
        return Integer.parseInt(base.substring(base.lastIndexOf(':') + 1));
    }

    String token() {
        return token;
    }

    String journal() {
        try {
            Path file = conversationFolder().resolve("journal.ndjson");
            String all = Files.exists(file) ? Files.readString(file) : "(no journal)";
            return all.length() > 20_000 ? all.substring(all.length() - 20_000) : all;
        } catch (IOException e) {
            return e.toString();
        }
    }

    String tmux(String... arguments) {
        List<String> line = new ArrayList<>(List.of("tmux", "-L", "claude-vm"));
        line.addAll(List.of(arguments));
        try (CleanProcess tmux = CleanProcess.of(line)
                .env("TMUX_TMPDIR", folder.resolve("tmux").toString())
                .env("TERM", "xterm")
                .start()) {
            tmux.awaitExit(PATIENCE);
            return String.join("\n", tmux.out());
        }
    }

    @Override
    public void close() throws IOException {
        if (bridge != null) {
            bridge.close();
        }
        tmux("kill-server");
        gateway.close();
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
        } catch (java.io.UncheckedIOException e) {
            // A dying agent still writes; the system cleans its temporary folder.
        }
    }

    static String types(List<JsonNode> events) {
        return String.join(
                " ", events.stream().map(e -> e.path("type").asString()).toList());
    }
}
