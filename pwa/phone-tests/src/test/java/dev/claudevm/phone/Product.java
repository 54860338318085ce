package dev.claudevm.phone;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * claude-vm as a person runs it: {@code ./claude-vm web} with a home of its own and nothing of this machine's
 * environment. Can be killed and started again on the same home and port.
 */
final class Product implements AutoCloseable {

    private static final Duration START = Duration.ofMinutes(4);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path base;
    private final int port;
    private final List<String> output = new ArrayList<>();
    private @Nullable Process process;

    Product(Path base, String configYaml) throws IOException {
        this.base = base;
        Files.createDirectories(home());
        Files.createDirectories(base.resolve("user"));
        Files.writeString(home().resolve("config.yaml"), configYaml);
        try (ServerSocket free = new ServerSocket(0)) {
            this.port = free.getLocalPort();
        }
    }

    /** @return the repository's root, where the command is */
    static Path repository() {
        Path here = Path.of("").toAbsolutePath();
        while (here != null && !Files.exists(here.resolve("claude-vm"))) {
            here = here.getParent();
        }
        if (here == null) {
            throw new IllegalStateException(
                    "No ./claude-vm above " + Path.of("").toAbsolutePath());
        }
        return here;
    }

    Path home() {
        return base.resolve("home");
    }

    int port() {
        return port;
    }

    /** @return of the server's JVM, into which the command turns */
    long pid() {
        return Objects.requireNonNull(process).pid();
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Starts the server and waits for its link. @return the login link of this start */
    String start() throws Exception {
        // Of this start alone: the reader of an earlier, killed process may notice its end only now.
        CompletableFuture<String> link = new CompletableFuture<>();
        Process started =
                builder("web", "--no-open", "--port", Integer.toString(port)).start();
        process = started;
        Thread.ofPlatform().daemon().start(() -> read(started, link));
        return link.get(START.toSeconds(), TimeUnit.SECONDS);
    }

    private ProcessBuilder builder(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(repository().resolve("claude-vm").toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        String path = System.getenv("PATH");
        builder.environment().clear();
        builder.environment().put("PATH", path);
        builder.environment().put("HOME", base.resolve("user").toString());
        builder.environment().put("LANG", "C.UTF-8");
        builder.environment().put("CLAUDE_VM_HOME", home().toString());
        String options = System.getenv("CLAUDE_VM_JAVA_OPTIONS");
        if (options != null) {
            builder.environment().put("CLAUDE_VM_JAVA_OPTIONS", options);
        }
        // The reactor has just built it: the command only unpacks that.
        return builder;
    }

    private void read(Process started, CompletableFuture<String> link) {
        try (var lines = started.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (output) {
                    output.add(line);
                }
                if (line.startsWith("Open ")) {
                    link.complete(line.substring("Open ".length()).strip());
                }
            }
            link.completeExceptionally(new IllegalStateException("The server ended:\n" + output()));
        } catch (IOException e) {
            link.completeExceptionally(e);
        }
    }

    /** Runs a command of the CLI and @return what it printed. */
    String cli(String... arguments) throws Exception {
        ProcessBuilder builder = builder(arguments);
        builder.environment().put("CLAUDE_VM_URL", url());
        Process ran = builder.start();
        ran.getOutputStream().close();
        String printed = new String(ran.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (!ran.waitFor(60, TimeUnit.SECONDS) || ran.exitValue() != 0) {
            throw new IllegalStateException(
                    String.join(" ", arguments) + " ended with " + ran.exitValue() + ":\n" + printed);
        }
        return printed;
    }

    /** @return what {@code login-link} prints */
    String loginLink() throws Exception {
        return call("POST", "login-links", "{}").path("url").asString();
    }

    /** Begins a conversation as New does, from elsewhere. @return its id */
    String begin(Path project, String agent, String message) throws Exception {
        String workspace = call("POST", "workspaces", object("source", project.toString()))
                .path("id")
                .asString();
        String conversation = call("POST", "workspaces/" + workspace + "/conversations", object("agent", agent))
                .path("id")
                .asString();
        call("PUT", "conversations/" + conversation + "/messages/" + UUID.randomUUID(), object("text", message));
        return conversation;
    }

    private static String object(String name, String value) {
        return JSON.createObjectNode().put(name, value).toString();
    }

    /** A request by the API, with the home's token: what a command does, without a JVM of its own each time. */
    private JsonNode call(String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url() + "/api/v1/" + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .header(
                        "Authorization",
                        "Bearer " + Files.readString(home().resolve("token")).strip())
                .header("Content-Type", "application/json")
                .timeout(START)
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() >= 300) {
                throw new IllegalStateException(
                        method + " " + path + " was answered " + answer.statusCode() + ": " + answer.body());
            }
            return JSON.readTree(answer.body());
        }
    }

    /** As the kernel would when memory is short: nothing gets a chance to tidy up. */
    void kill9() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly();
            process.waitFor();
        }
    }

    String output() {
        synchronized (output) {
            return String.join("\n", output);
        }
    }

    void awaitHealthy() {
        try (HttpClient client = HttpClient.newHttpClient()) {
            Awaitility.await("server answers")
                    .atMost(START)
                    .ignoreExceptions()
                    .until(() -> client.send(
                                            HttpRequest.newBuilder(URI.create(url() + "/healthz"))
                                                    .build(),
                                            HttpResponse.BodyHandlers.discarding())
                                    .statusCode()
                            == 200);
        }
    }

    @Override
    public void close() throws Exception {
        if (process != null && process.isAlive()) {
            try {
                deleteWorkspaces();
            } finally {
                process.destroy();
                if (!process.waitFor(20, TimeUnit.SECONDS)) {
                    kill9();
                }
            }
        }
    }

    /** With all that is known of them. */
    void deleteWorkspaces() throws Exception {
        for (String id : workspaceIds()) {
            call("DELETE", "workspaces/" + id + "?purge=true", "");
        }
        Awaitility.await("the workspaces are gone")
                .atMost(START)
                .until(() -> workspaceIds().isEmpty());
    }

    /** The deleted ones too. */
    private List<String> workspaceIds() throws Exception {
        List<String> ids = new ArrayList<>();
        for (String which : List.of("workspaces", "workspaces?deleted=true")) {
            for (JsonNode workspace : call("GET", which, "").path("workspaces")) {
                ids.add(workspace.path("id").asString());
            }
        }
        return ids;
    }
}
