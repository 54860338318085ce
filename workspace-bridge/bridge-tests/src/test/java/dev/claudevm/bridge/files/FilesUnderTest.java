package dev.claudevm.bridge.files;

import dev.claudevm.protocol.Json;
import dev.claudevm.testkit.CleanProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.function.server.RouterFunctions;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import tools.jackson.databind.JsonNode;

/** A project on the disk, and the file routes on a real port. */
final class FilesUnderTest implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    final Path base;
    final Path project;
    final Path state;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Map<String, String> environment = new HashMap<>();
    private DisposableServer server;

    FilesUnderTest() throws IOException {
        this(Map.of());
    }

    /** @param bounds others than the standard ones */
    FilesUnderTest(Map<String, Integer> bounds) throws IOException {
        base = Files.createTempDirectory("cvf").toRealPath();
        project = Files.createDirectories(base.resolve("project"));
        state = Files.createDirectories(base.resolve("state"));
        environment.put("PATH", System.getenv("PATH"));
        environment.put("HOME", base.toString());
        if (!bounds.isEmpty()) {
            Files.writeString(state.resolve("files.json"), Json.MAPPER.writeValueAsString(bounds));
        }
        server = start();
    }

    private DisposableServer start() throws IOException {
        return HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .httpRequestDecoder(d -> d.maxInitialLineLength(32 * 1024))
                .handle(new ReactorHttpHandlerAdapter(
                        RouterFunctions.toHttpHandler(new FileRoutes(project, state, environment).routes())))
                .bindNow();
    }

    /** As after a new start of the bridge. @param path of the programs that search */
    void restart(String path) throws IOException {
        server.disposeNow();
        environment.put("PATH", path);
        server = start();
    }

    int port() {
        return server.port();
    }

    void write(String path, String text) throws IOException {
        Path file = project.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    String read(String path) throws IOException {
        return Files.readString(project.resolve(path));
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** @param headers name, value, name, value … */
    HttpResponse<String> send(String method, String path, byte[] body, String... headers) {
        try {
            return http.send(request(method, path, body, headers), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private HttpRequest request(String method, String path, byte[] body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + port() + "/v1/files" + path))
                .timeout(PATIENCE)
                .method(method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return request.build();
    }

    HttpResponse<InputStream> stream(String path, String... headers) throws IOException, InterruptedException {
        return http.send(request("GET", path, new byte[0], headers), BodyHandlers.ofInputStream());
    }

    HttpResponse<byte[]> bytes(String path, String... headers) throws IOException, InterruptedException {
        return http.send(request("GET", path, new byte[0], headers), BodyHandlers.ofByteArray());
    }

    HttpResponse<String> save(String path, String text, String... headers) {
        return send("PUT", "/content?path=" + encoded(path), text.getBytes(StandardCharsets.UTF_8), headers);
    }

    HttpResponse<String> create(String path, String text) {
        return save(path, text, "If-None-Match", "*");
    }

    /** @return the answer's JSON; fails when the status is another one */
    JsonNode json(int status, HttpResponse<String> response) {
        if (response.statusCode() != status) {
            throw new AssertionError("Wanted " + status + ", got " + response.statusCode() + ": " + response.body());
        }
        JsonNode json = Json.MAPPER.readTree(response.body().isEmpty() ? "{}" : response.body());
        if (status >= 400
                && (json.path("error").asString("").isBlank()
                        || json.path("todo").asString("").isBlank())) {
            throw new AssertionError("Without what is wrong or what to do: " + response.body());
        }
        return json;
    }

    JsonNode get(int status, String path) {
        return json(status, send("GET", path, new byte[0]));
    }

    JsonNode list(String folder) {
        return get(200, "?path=" + encoded(folder) + "&limit=2000");
    }

    List<String> names(String folder) {
        List<String> names = new ArrayList<>();
        list(folder).path("entries").forEach(e -> names.add(e.path("name").asString()));
        return names;
    }

    String etag(String path) {
        return get(200, "/info?path=" + encoded(path)).path("etag").asString();
    }

    /** Runs a program of the system in the project. @return what it printed */
    String run(String... command) {
        return run(List.of(command), 0);
    }

    String run(List<String> command, int code) {
        try (CleanProcess process = CleanProcess.of(command).in(project).start()) {
            int ended = process.awaitExit(PATIENCE);
            if (ended != code) {
                throw new AssertionError(command + " ended with " + ended + "\n" + process.log());
            }
            return String.join("\n", process.out());
        }
    }

    /** @return everything below the project, with modes and link targets; names escaped */
    String picture(Path folder) {
        return run(
                List.of(
                        "bash",
                        "-c",
                        "cd \"$0\" && find . -printf '%y %m %p %l\\n' | LC_ALL=C sort",
                        folder.toString()),
                0);
    }

    @Override
    public void close() throws IOException {
        server.disposeNow();
        http.shutdownNow();
        try (Stream<Path> all = Files.walk(base)) {
            all.sorted(java.util.Comparator.reverseOrder())
                    .forEach(p -> p.toFile().delete());
        } catch (UncheckedIOException e) {
            // Something is still being written; the system cleans its temporary folder.
        }
    }
}
