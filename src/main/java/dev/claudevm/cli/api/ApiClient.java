package dev.claudevm.cli.api;

import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Calls of the server's REST API. Blocks; safe for use by many threads. */
public final class ApiClient implements AutoCloseable {

    private static final Duration INSIST = Duration.ofSeconds(30);
    private static final int BUFFER_BYTES = 64 * 1024;

    private final Server server;
    private final Transport transport;

    public ApiClient(Server server) {
        this.server = server;
        this.transport = new Transport(server);
    }

    public Server server() {
        return server;
    }

    /** @return {@code text} as one segment of a path, or as a value in a query */
    public static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** @param path after {@code /api/v1/}, with its query */
    public JsonNode get(String path) {
        return call("GET", path, null);
    }

    public JsonNode post(String path, @Nullable JsonNode body) {
        return call("POST", path, body);
    }

    /**
     * Posts what has an id of its own until it is known that the server has it, half a minute at most.
     *
     * @throws Unreachable at once when no server answers at first
     */
    public JsonNode insist(String path, JsonNode body) {
        boolean maybeDone = false;
        long end = System.nanoTime() + INSIST.toNanos();
        while (true) {
            try {
                return post(path, body);
            } catch (Unreachable e) {
                maybeDone |= e.maybeDone();
                if (!maybeDone || System.nanoTime() > end) {
                    throw e;
                }
                pause(e);
            }
        }
    }

    private static void pause(Unreachable reason) {
        try {
            TimeUnit.MILLISECONDS.sleep(500);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw reason;
        }
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
        Transport.Response answer;
        try {
            answer = transport.call(method, path, body == null ? null : Json.MAPPER.writeValueAsString(body));
        } catch (IOException e) {
            throw unreachable(e);
        }
        if (answer.status() >= 300) {
            throw refusal(answer.status(), answer.body());
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

    /**
     * Writes what the server answers, however long that takes.
     *
     * @throws Unreachable when it broke off: what was written is not all of it
     * @throws IOException when it cannot be written
     */
    public void download(String path, OutputStream to) throws IOException {
        try (Transport.Body body = transport.download(path)) {
            if (body.status() >= 300) {
                throw refusal(body.status(), body.text());
            }
            byte[] buffer = new byte[BUFFER_BYTES];
            while (true) {
                int read;
                try {
                    read = body.stream().read(buffer);
                } catch (IOException e) {
                    throw unreachable(e);
                }
                if (read < 0) {
                    return;
                }
                to.write(buffer, 0, read);
            }
        }
    }

    /** Posts a file, however long that takes. @return the answer */
    public JsonNode upload(String path, Path file) {
        Transport.Response answer;
        try {
            answer = transport.upload(path, file);
        } catch (IOException e) {
            throw unreachable(e);
        }
        if (answer.status() >= 300) {
            throw refusal(answer.status(), answer.body());
        }
        try {
            return Json.MAPPER.readTree(answer.body());
        } catch (JacksonException e) {
            throw notOurs(e);
        }
    }

    /** Opens a stream of server-sent events. The caller closes it. */
    InputStream stream(String path, long lastEventId) {
        HttpResponse<InputStream> answer;
        try {
            answer = transport.stream(path, lastEventId);
        } catch (IOException e) {
            throw unreachable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unreachable("Interrupted.", "", true, e);
        }
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
        transport.close();
    }

    private Unreachable unreachable(IOException e) {
        if (e instanceof ConnectException
                || e instanceof HttpConnectTimeoutException
                || e instanceof SocketTimeoutException && "Connect timed out".equals(e.getMessage())
                || e instanceof UnknownHostException) {
            return new Unreachable(
                    "No server answers at " + server.url() + ".",
                    server.local()
                            ? "Start it with `claude-vm web`."
                            : "Is it running, and can this machine reach it? Another one is chosen with --server or `claude-vm login`.",
                    false,
                    e);
        }
        return new Unreachable(
                "The connection to " + server.url() + " broke: " + e.getMessage(), "Try again.", true, e);
    }

    /** No answer came. Repeating the call later makes sense. */
    public static final class Unreachable extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final String todo;
        private final boolean maybeDone;

        Unreachable(String whatIsWrong, String todo, boolean maybeDone, Throwable cause) {
            super(whatIsWrong, cause);
            this.todo = todo;
            this.maybeDone = maybeDone;
        }

        /** @return false when the call never reached a server */
        public boolean maybeDone() {
            return maybeDone;
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
        private final transient JsonNode problem;

        Refused(int status, ExitCode exit, String whatIsWrong, String todo, JsonNode problem) {
            super(exit, whatIsWrong, todo);
            this.status = status;
            this.problem = problem;
        }

        /** @return the whole problem document; empty when there was none */
        public JsonNode problem() {
            return problem;
        }

        /** @return the same call may be answered differently later */
        public boolean passing() {
            return status >= 500 || status == 429 || status == 408;
        }
    }

    private Refused refusal(int status, String body) {
        JsonNode document = Json.MAPPER.createObjectNode();
        String detail = "";
        String todo = "";
        try {
            if (!body.isBlank() && Json.MAPPER.readTree(body) instanceof ObjectNode problem) {
                document = problem;
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
                                        : "Log in with `claude-vm login " + server.url() + " --token …`.",
                        document);
            case 404 ->
                new Refused(
                        status,
                        ExitCode.NOT_FOUND,
                        detail.isEmpty() ? "There is no such thing." : detail,
                        todo,
                        document);
            default ->
                new Refused(
                        status,
                        ExitCode.FAILED,
                        detail.isEmpty() ? "The server answered with status " + status + "." : detail,
                        todo,
                        document);
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
