package dev.claudevm.server;

import dev.claudevm.fake.Databases;
import dev.claudevm.fake.ReadyHome;
import dev.claudevm.protocol.Json;
import dev.claudevm.testkit.ClassCache;
import dev.claudevm.testkit.CleanProcess;
import dev.claudevm.testkit.Kits;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;

/** {@code claude-vm web} in a process of its own, which can be killed, with real workspaces on this machine. */
public final class ServerProcess implements AutoCloseable {

    private static final Duration START = Duration.ofMinutes(2);

    /** Has {@code bridge-<kit>.aot}: bridges start quickly, too. */
    private static final Path APP = Path.of("target", "class-cache", "app").toAbsolutePath();

    private final HttpClient client = HttpClient.newHttpClient();
    private final CleanProcess process;
    private final Path home;
    private final String url;

    private ServerProcess(CleanProcess process, Path home, String url) {
        this.process = process;
        this.home = home;
        this.url = url;
    }

    /**
     * Adds to a server's environment that it has its second compiler too, for tests that send much data: what the processor has for
     * ciphers and hashes is used by that one alone. Others start and end before it earns its time back.
     */
    public static Map<String, String> wholeCompiler(Map<String, String> environment) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("_JAVA_OPTIONS", "-XX:TieredStopAtLevel=4");
        return all;
    }

    /** In a class of its own: while its field is made, other threads already call the ones of this class. */
    private static final class Java {
        static final List<String> LINE = ClassCache.java("server", flags(), ServerProcess::train);

        /** The product's, but for servers that live for seconds: nothing is compiled twice, see {@link #wholeCompiler}. */
        private static List<String> flags() {
            try (Stream<String> lines = Files.lines(Path.of("build", "server.opts"))) {
                return Stream.concat(
                                lines.filter(line -> line.startsWith("-")),
                                Stream.of(
                                        "-XX:TieredStopAtLevel=1",
                                        "-Xmx300m",
                                        "-Dspring.aot.enabled=" + Boolean.getBoolean("spring.aot.enabled"),
                                        "-Dclaudevm.app=" + APP))
                        .toList();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static List<String> web(List<String> java) {
        List<String> line = new ArrayList<>(java);
        line.addAll(List.of("dev.claudevm.cli.Main", "web", "--port", "0", "--no-open"));
        return line;
    }

    /** One start, in which the bridge's cache is made too, and an end in good order, at which the JVM writes the server's. */
    private static void train(List<String> java) throws Exception {
        Path base = Files.createTempDirectory("server-training");
        try (CleanProcess process = CleanProcess.of(web(java))
                .env("CLAUDE_VM_HOME", base.resolve("home").toString())
                // What was compiled for good in the training is never compiled any better.
                .env("_JAVA_OPTIONS", "-XX:TieredStopAtLevel=2")
                .home(Files.createDirectories(base.resolve("user")))
                .start()) {
            process.awaitLine("^Open http", START);
            Path cache = Awaitility.await("the bridge's class cache")
                    .atMost(START)
                    .until(() -> bridgeCache(base.resolve("home/kits")), Objects::nonNull);
            Files.createDirectories(APP);
            String kit = cache.getParent().getFileName().toString();
            Files.copy(cache, APP.resolve("bridge-" + kit + ".aot"), StandardCopyOption.REPLACE_EXISTING);
            process.terminate();
            process.awaitExit(START);
        } finally {
            FileSystemUtils.deleteRecursively(base);
        }
    }

    private static @Nullable Path bridgeCache(Path kits) throws IOException {
        if (!Files.isDirectory(kits)) {
            return null;
        }
        try (Stream<Path> all = Files.list(kits)) {
            return all.map(kit -> kit.resolve("bridge.aot"))
                    .filter(Files::exists)
                    .findFirst()
                    .orElse(null);
        }
    }

    /** An answer. */
    public record Answer(int status, JsonNode json) {}

    private static CleanProcess launch(Path base, Map<String, String> environment) throws IOException {
        Path home = Files.createDirectories(base.resolve("home"));
        shareKits(home);
        if (!environment.containsKey("CLAUDE_VM_DATABASE_URL")) {
            ReadyHome.fillDatabase(home);
        }
        return CleanProcess.of(web(Java.LINE))
                .env("CLAUDE_VM_HOME", home.toString())
                .env("CLAUDE_VM_WORKSPACE_TRAIN_KIT", "false")
                .env(Databases.environment(home))
                .env(environment)
                .home(Files.createDirectories(base.resolve("user")))
                .start();
    }

    /** Starts one that dies by itself, maybe before it is ready. @return 137 when it died at the place where a test wanted it to */
    static int startToDie(Path base, Map<String, String> environment) throws IOException {
        try (CleanProcess process = launch(base, environment)) {
            return process.awaitExit(START);
        }
    }

    /** @param base has the server's home and its user's HOME, and outlives the server */
    public static ServerProcess start(Path base, Map<String, String> environment) throws IOException {
        Path home = base.resolve("home");
        CleanProcess process = launch(base, environment);
        try {
            String line = process.awaitLine("^Open http", START);
            return new ServerProcess(process, home, line.replaceFirst("^Open (https?://[^/]+).*", "$1"));
        } catch (AssertionError failed) {
            process.close();
            throw failed;
        }
    }

    /** The kits of programs for workspaces take long to make, are named after what is in them, and never change. */
    private static void shareKits(Path home) throws IOException {
        Path shared = Kits.shared();
        Path kits = home.resolve("kits");
        if (!Files.exists(kits)) {
            Files.createSymbolicLink(kits, shared);
        }
    }

    /** @throws IOException when the server died before it answered */
    public Answer call(String method, String path, String json) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/api/v1/" + path))
                .method(
                        method,
                        json.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(json))
                .header("Authorization", "Bearer " + token())
                .header("Content-Type", "application/json")
                .build();
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        return new Answer(
                answer.statusCode(),
                answer.body().isBlank() ? Json.MAPPER.createObjectNode() : Json.MAPPER.readTree(answer.body()));
    }

    /** @param headers name, value, name, value … */
    HttpResponse<InputStream> send(String method, String path, HttpRequest.BodyPublisher body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + "/api/v1/" + path))
                .method(method, body)
                .header("Authorization", "Bearer " + token());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    }

    public String url() {
        return url;
    }

    public String token() throws IOException {
        return Files.readString(home.resolve("token")).strip();
    }

    public JsonNode get(String path) throws IOException, InterruptedException {
        return call("GET", path, "").json();
    }

    /** @return the workspace's id, when its bridge is connected */
    public String runningWorkspace(Path project) throws IOException, InterruptedException {
        return runningWorkspace(project, null);
    }

    /** @param provider null: the server's default */
    String runningWorkspace(Path project, @Nullable String provider) throws IOException, InterruptedException {
        Answer made = call(
                "POST",
                "workspaces",
                Json.MAPPER
                        .createObjectNode()
                        .put("source", project.toString())
                        .put("provider", provider)
                        .toString());
        String id = made.json().path("id").asString("");
        if (id.isEmpty()) {
            throw new AssertionError("No workspace was made: " + made);
        }
        awaitOnline(id);
        // Its bridge is there a moment before its start is written down as done.
        Awaitility.await(id + " runs")
                .atMost(2, TimeUnit.MINUTES)
                .until(() -> get("workspaces/" + id).path("state").asString("").equals("running"));
        return id;
    }

    public void awaitOnline(String workspace) {
        Awaitility.await(workspace + " is connected")
                .atMost(2, TimeUnit.MINUTES)
                .until(() -> {
                    JsonNode now = get("workspaces/" + workspace);
                    if (now.path("state").asString("").equals("failed")) {
                        throw new AssertionError(now.toString());
                    }
                    return now.path("online").asBoolean(false);
                });
    }

    String newConversation(String workspace, String agent) throws IOException, InterruptedException {
        return call("POST", "workspaces/" + workspace + "/conversations", "{\"agent\": \"" + agent + "\"}")
                .json()
                .path("id")
                .asString("");
    }

    Answer say(String conversation, String messageId, String text) throws IOException, InterruptedException {
        return call(
                "PUT",
                "conversations/" + conversation + "/messages/" + messageId,
                Json.MAPPER.createObjectNode().put("text", text).toString());
    }

    /** Bridges in containers and on machines over SSH start quickly from here on, with this server or another one. */
    void trainBridges() throws Exception {
        TrainedBridges.ready(home.resolve("kits"));
    }

    public void kill9() {
        process.kill9();
    }

    /** @return 137 when it died at the place where a test wanted it to */
    int awaitExit() {
        return process.awaitExit(Duration.ofMinutes(2));
    }

    public void deleteWorkspace(String workspace) throws IOException, InterruptedException {
        call("DELETE", "workspaces/" + workspace + "?purge=true", "");
        Awaitility.await(workspace + " is gone")
                .atMost(1, TimeUnit.MINUTES)
                .until(() -> call("GET", "workspaces/" + workspace, "").status() == 404);
    }

    @Override
    public void close() {
        // Not close(): that waits for each answer, and a question whose asker was interrupted may never count as
        // answered.
        client.shutdownNow();
        if (process.alive()) {
            process.terminate();
            try {
                process.awaitExit(Duration.ofSeconds(20));
            } catch (AssertionError stillThere) {
                process.kill9();
            }
        }
    }
}
