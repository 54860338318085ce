package dev.claudevm.cli.api;

import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Calls of the server's REST API. Blocks; safe for use by many threads. */
public final class ApiClient implements AutoCloseable {

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(60);

    private final Server server;
    private final HttpClient http;

    public ApiClient(Server server) {
        this.server = server;
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT);
        if ("http".equals(server.url().getScheme())) {
            builder.sslContext(trustingNobody());
        }
        this.http = builder.build();
    }

    /** Without one the client reads all certificate authorities first, a fifth of the start, also where it needs none. */
    private static SSLContext trustingNobody() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[0], new TrustManager[0], null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public Server server() {
        return server;
    }

    /** @param path after {@code /api/v1/}, with its query */
    public JsonNode get(String path) {
        return call("GET", path, null);
    }

    public JsonNode post(String path, @Nullable JsonNode body) {
        return call("POST", path, body);
    }

    public JsonNode delete(String path) {
        return call("DELETE", path, null);
    }

    /**
     * @return the answer's body; an empty object when there is none
     * @throws Unreachable when the server cannot be reached or did not answer: nobody knows whether it did what was asked
     * @throws CliException when it refused
     */
    public JsonNode call(String method, String path, @Nullable JsonNode body) {
        HttpRequest.Builder request = request(path).timeout(ANSWER).header("Accept", "application/json");
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        request.method(
                method,
                body == null
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(Json.MAPPER.writeValueAsString(body)));
        HttpResponse<String> answer = send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() >= 300) {
            throw refusal(answer.statusCode(), answer.body());
        }
        if (answer.body().isBlank()) {
            return Json.MAPPER.createObjectNode();
        }
        try {
            return Json.MAPPER.readTree(answer.body());
        } catch (JacksonException e) {
            throw notOurs(e);
        }
    }

    /** Opens a stream of server-sent events. The caller closes it. */
    InputStream stream(String path, long lastEventId) {
        HttpRequest request = request(path)
                .header("Accept", "text/event-stream")
                .header("Last-Event-ID", Long.toString(lastEventId))
                .GET()
                .build();
        HttpResponse<InputStream> answer = send(request, HttpResponse.BodyHandlers.ofInputStream());
        if (answer.statusCode() == 200) {
            return answer.body();
        }
        try (InputStream body = answer.body()) {
            throw refusal(answer.statusCode(), new String(body.readNBytes(64 * 1024), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw refusal(answer.statusCode(), "");
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.url() + "/api/v1/" + path));
        if (server.token() != null) {
            request.header("Authorization", "Bearer " + server.token());
        }
        return request;
    }

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body) {
        try {
            return http.send(request, body);
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw new Unreachable(
                    "No server answers at " + server.url() + ".",
                    server.local()
                            ? "Start it with `claude-vm web`."
                            : "Is it running, and can this machine reach it? Another one is chosen with --server or `claude-vm login`.",
                    e);
        } catch (IOException e) {
            throw new Unreachable("The connection to " + server.url() + " broke: " + e.getMessage(), "Try again.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unreachable("Interrupted.", "", e);
        }
    }

    /** No answer came. Repeating the call later makes sense. */
    public static final class Unreachable extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final String todo;

        Unreachable(String whatIsWrong, String todo, Throwable cause) {
            super(whatIsWrong, cause);
            this.todo = todo;
        }

        /** @return the same as the end of a command */
        public CliException asEnd() {
            return new CliException(ExitCode.UNREACHABLE, String.valueOf(getMessage()), todo, this);
        }
    }

    /** The server answered, and said no. */
    public static final class Refused extends CliException {
        private static final long serialVersionUID = 1L;
        private final int status;

        Refused(int status, ExitCode exit, String whatIsWrong, String todo) {
            super(exit, whatIsWrong, todo);
            this.status = status;
        }

        /** @return the same call may be answered differently later */
        public boolean passing() {
            return status >= 500 || status == 429 || status == 408;
        }
    }

    private Refused refusal(int status, String body) {
        String detail = "";
        String todo = "";
        try {
            if (!body.isBlank() && Json.MAPPER.readTree(body) instanceof ObjectNode problem) {
                detail = problem.path("detail").asString(problem.path("title").asString(""));
                todo = problem.path("todo").asString("");
            }
        } catch (JacksonException e) {
            // Not a problem of ours; the status has to do.
        }
        return switch (status) {
            case 401, 403 ->
                new Refused(
                        status,
                        ExitCode.NOT_LOGGED_IN,
                        detail.isEmpty() ? "The server at " + server.url() + " does not know you." : detail,
                        !todo.isEmpty()
                                ? todo
                                : server.local()
                                        ? "Is this the user that started `claude-vm web`? Its token is in the folder CLAUDE_VM_HOME."
                                        : "Log in with `claude-vm login " + server.url() + " --token …`.");
            case 404 ->
                new Refused(status, ExitCode.NOT_FOUND, detail.isEmpty() ? "There is no such thing." : detail, todo);
            default ->
                new Refused(
                        status,
                        ExitCode.FAILED,
                        detail.isEmpty() ? "The server answered with status " + status + "." : detail,
                        todo);
        };
    }

    private CliException notOurs(Exception cause) {
        return new CliException(
                ExitCode.FAILED,
                "What answers at " + server.url() + " is no claude-vm server.",
                "Check the address (--server, CLAUDE_VM_URL).",
                cause);
    }
}
