package dev.claudevm.bridge.git;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.bridge.checkpoint.Checkpoints;
import dev.claudevm.protocol.Json;
import dev.claudevm.testkit.CleanProcess;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.function.server.RouterFunctions;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import tools.jackson.databind.JsonNode;

/** A project with a real git, and the routes on a real port. */
final class GitUnderTest implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    final Path base;
    final Path project;
    final Path home;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Checkpoints checkpoints;
    private final DisposableServer server;

    GitUnderTest() throws IOException {
        base = Files.createTempDirectory("cvg").toRealPath();
        project = Files.createDirectories(base.resolve("project"));
        home = Files.createDirectories(base.resolve("home"));
        Files.createDirectories(base.resolve("bin"));
        Files.writeString(
                home.resolve(".gitconfig"), "[init]\n\tdefaultBranch = main\n[protocol \"file\"]\n\tallow = always\n");
        Map<String, String> environment = new HashMap<>();
        environment.put("PATH", base.resolve("bin") + ":" + System.getenv("PATH"));
        environment.put("HOME", home.toString());
        checkpoints = new Checkpoints(project, base.resolve("store"), environment, Clock.systemUTC());
        server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .httpRequestDecoder(d -> d.maxInitialLineLength(32 * 1024))
                .handle(new ReactorHttpHandlerAdapter(
                        RouterFunctions.toHttpHandler(new GitRoutes(project, environment, checkpoints).routes())))
                .bindNow();
    }

    /** A repository with one commit of {@code a}, by anna. */
    static GitUnderTest withCommit() throws IOException {
        GitUnderTest given = new GitUnderTest();
        given.sh("git init -q; git config user.name anna; git config user.email anna@localhost;"
                + " printf '1\\n2\\n3\\n' >a; git add .; git commit -qm begin");
        return given;
    }

    /** Runs a script of bash in the project. @return what it printed */
    List<String> sh(String script) {
        try (CleanProcess process = CleanProcess.of("bash", "-euc", "export LC_ALL=C; " + script)
                .env("GIT_CONFIG_GLOBAL", home.resolve(".gitconfig").toString())
                .env("BASE", base.toString())
                .in(project)
                .start()) {
            assertThat(process.awaitExit(PATIENCE)).as(process.log()).isZero();
            return process.out();
        }
    }

    /** What a call gave. */
    record Answer(int status, JsonNode json) {

        Answer ok() {
            assertThat(status).as(json.toString()).isEqualTo(200);
            return this;
        }

        /** @param words that git said */
        Answer refused(String kind, String words) {
            assertThat(status).as(json.toString()).isEqualTo(409);
            assertThat(json.path("kind").asString()).as(json.toString()).isEqualTo(kind);
            assertThat(json.path("error").asString() + "\n"
                            + json.path("output").asString())
                    .contains(words);
            assertThat(json.path("todo").asString()).isNotBlank();
            return this;
        }
    }

    Answer call(String method, String path, Object body) {
        try {
            HttpResponse<byte[]> answer = raw(method, path, body);
            return new Answer(
                    answer.statusCode(),
                    answer.body().length == 0 ? Json.MAPPER.createObjectNode() : Json.MAPPER.readTree(answer.body()));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    HttpResponse<byte[]> raw(String method, String path, Object body) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/v1/git" + path))
                .timeout(PATIENCE)
                .method(
                        method,
                        body.equals("")
                                ? BodyPublishers.noBody()
                                : BodyPublishers.ofByteArray(Json.MAPPER.writeValueAsBytes(body)))
                .build();
        try {
            return http.send(request, BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    Answer get(String path) {
        return call("GET", path, "");
    }

    Answer post(String path, Object body) {
        return call("POST", path, body);
    }

    JsonNode overview() {
        return get("").ok().json();
    }

    /** @param list {@code staged}, {@code unstaged} or {@code conflicts}. @return status and path of each, in order */
    List<String> list(String list) {
        List<String> all = new ArrayList<>();
        overview()
                .path("status")
                .path(list)
                .forEach(e -> all.add(e.path("status").asString() + " "
                        + e.path("path").asString()
                        + (e.path("from").isNull() ? "" : " < " + e.path("from").asString())));
        return all;
    }

    JsonNode diff(String path, String side) {
        return get("/diff?side=" + side + "&path=" + encoded(path)).ok().json();
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    Answer commit(String message) {
        JsonNode head = overview().path("status").path("head");
        Map<String, Object> body = new HashMap<>(Map.of("message", message));
        body.put("head", head.isNull() ? null : head.asString());
        return post("/commit", body);
    }

    /** Begins something with a remote and waits for its end. @return the job */
    JsonNode job(String path, Map<String, Object> more) {
        Map<String, Object> body = new HashMap<>(more);
        body.put("id", UUID.randomUUID().toString());
        post(path, body).ok();
        return Awaitility.await(path)
                .atMost(PATIENCE)
                .until(
                        () -> get("/job").json().path("job"),
                        j -> !j.path("state").asString().equals("running"));
    }

    @Override
    public void close() {
        server.disposeNow();
        checkpoints.close();
        try (CleanProcess remove = CleanProcess.of("rm", "-rf", base.toString()).start()) {
            remove.awaitExit(PATIENCE);
        }
    }
}
