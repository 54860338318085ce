package dev.claudevm.gateway;

import dev.claudevm.protocol.Bridge;
import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.CommandResult;
import dev.claudevm.protocol.Json;
import dev.claudevm.protocol.Snapshots;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * The HTTP API of one connected bridge (docs/architecture.md, section 2). Good for as long as that connection lives; calls
 * block and end with {@link BridgeException}, at the latest after 30 s.
 */
public final class BridgeClient {

    private static final Duration CALL = Duration.ofSeconds(10);
    private static final Duration LONG_CALL = Duration.ofSeconds(30);

    /** Until the answer begins: an upload is whole by then. */
    private static final Duration RELAY = Duration.ofHours(2);

    private static final long FIRST_PAUSE_MS = 2;
    private static final long LONGEST_PAUSE_MS = 200;
    private static final int UNAUTHORIZED = 401;
    private static final int MAX_ANSWER_BYTES = 4 * 1024 * 1024;

    private final HttpClient http;
    private final String workspaceId;
    private final long generation;
    private final int port;
    private final int sshPort;
    private final String sshHostKey;
    private final String token;

    BridgeClient(
            HttpClient http,
            String workspaceId,
            long generation,
            int port,
            int sshPort,
            String sshHostKey,
            String token) {
        this.http = http;
        this.workspaceId = workspaceId;
        this.generation = generation;
        this.port = port;
        this.sshPort = sshPort;
        this.sshHostKey = sshHostKey;
        this.token = token;
    }

    public String workspaceId() {
        return workspaceId;
    }

    public long generation() {
        return generation;
    }

    /** @return the loopback port that leads to the workspace's SSH server */
    public int sshPort() {
        return sshPort;
    }

    /** @return the public key of that SSH server, in OpenSSH's format, as the bridge said it */
    public String sshHostKey() {
        return sshHostKey;
    }

    /**
     * Waits until the bridge has read the welcome with our token; it refuses everybody before.
     *
     * @param connected whether its connection lives
     * @return false: it has not, for so long or until its connection ended
     */
    boolean awaitWelcomed(Duration longest, BooleanSupplier connected) {
        long deadline = System.nanoTime() + longest.toNanos();
        long pause = FIRST_PAUSE_MS;
        try {
            while (connected.getAsBoolean() && System.nanoTime() < deadline) {
                if (letsUsIn()) {
                    return true;
                }
                Thread.sleep(pause);
                pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    private boolean letsUsIn() {
        try {
            HttpResponse<InputStream> answer =
                    exchange(request("/v1/health", CALL).GET().build());
            bounded(answer.body());
            return answer.statusCode() != UNAUTHORIZED;
        } catch (BridgeException e) {
            return false;
        }
    }

    public Bridge.Health health() throws BridgeException {
        return read(call("GET", "/v1/health", null, CALL), Bridge.Health.class);
    }

    /** @return what listens in the workspace, by port */
    public List<Bridge.ListeningPort> ports() throws BridgeException {
        return List.of(read(call("GET", "/v1/ports", null, CALL), Bridge.ListeningPort[].class));
    }

    /** Tells the bridge how agents are started; they hold keys and are never logged. */
    public void agents(List<Bridge.AgentSpec> agents) throws BridgeException {
        call("PUT", "/v1/agents", agents, CALL);
    }

    /** The same for some agents; others are started as they were. */
    public void addAgents(List<Bridge.AgentSpec> agents) throws BridgeException {
        call("PATCH", "/v1/agents", agents, CALL);
    }

    public Bridge.ConversationStatus open(Bridge.ConversationSpec conversation) throws BridgeException {
        return read(
                call("PUT", "/v1/conversations/" + encode(conversation.id()), conversation, CALL),
                Bridge.ConversationStatus.class);
    }

    /** @return the same for each repetition of the command's id */
    public CommandResult send(String conversationId, Command command) throws BridgeException {
        return read(
                call("POST", "/v1/conversations/" + encode(conversationId) + "/commands", command, LONG_CALL),
                CommandResult.class);
    }

    /** @param after the number of the newest event that is known. The caller closes the stream */
    public BridgeEvents events(String conversationId, long after) throws BridgeException {
        InputStream body = stream("/v1/conversations/" + encode(conversationId) + "/events?after=" + after);
        return new BridgeEvents(body);
    }

    /** @return the whole output of a tool, UTF-8. The caller closes the stream */
    public InputStream toolOutput(String conversationId, String toolId) throws BridgeException {
        return stream("/v1/conversations/" + encode(conversationId) + "/tools/" + encode(toolId) + "/output");
    }

    /** @return the number of the newest event of a conversation that was brought back; 0: it has none */
    public long restoredTo(String conversationId) throws BridgeException {
        return read(call("GET", "/v1/restored/" + encode(conversationId), null, CALL), Snapshots.Last.class)
                .last();
    }

    /** @return the same after {@code journal} was added */
    public long restore(String conversationId, Snapshots.Journal journal) throws BridgeException {
        return read(call("POST", "/v1/restored/" + encode(conversationId), journal, LONG_CALL), Snapshots.Last.class)
                .last();
    }

    /** Everything is back: what ran in its conversations has ended. @param note for each of them, for people */
    public void restored(String note) throws BridgeException {
        call("POST", "/v1/restored", Map.of("note", note), LONG_CALL);
    }

    /** Nothing is to be restored any more: conversations begin. */
    public void begin() throws BridgeException {
        call("DELETE", "/v1/restored", null, CALL);
    }

    /** Asks the bridge to write down that the workspace stops, and to end. It interrupts no turn. */
    public void stop() throws BridgeException {
        call("POST", "/v1/stop", null, CALL);
    }

    /**
     * Asks the bridge to stop as by {@link #stop}, but only when nobody needs the workspace.
     *
     * @return false: a turn runs or a message waits, and everything goes on
     */
    public boolean rest() throws BridgeException {
        try {
            call("POST", "/v1/stop?idle=true", null, CALL);
            return true;
        } catch (BridgeException e) {
            if (e.kind() == BridgeException.Kind.REFUSED) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Hands a request on as it is, and the answer whatever its status, both as streams.
     *
     * @param path with query, encoded
     * @param body is sent as it is read
     * @return the caller closes its body
     * @throws IllegalArgumentException when path or headers cannot be sent
     */
    public HttpResponse<InputStream> relay(
            String method, String path, Map<String, String> headers, HttpRequest.BodyPublisher body)
            throws BridgeException {
        HttpRequest.Builder request = request(path, RELAY).method(method, body);
        headers.forEach(request::header);
        return exchange(request.build());
    }

    private InputStream stream(String path) throws BridgeException {
        // The timeout is one until the headers are there; the reader watches the beats itself.
        HttpRequest request = request(path, CALL).GET().build();
        HttpResponse<InputStream> response = exchange(request);
        if (response.statusCode() != 200) {
            throw refused(response.statusCode(), path, bounded(response.body()));
        }
        return response.body();
    }

    private byte[] call(String method, String path, @Nullable Object body, Duration timeout) throws BridgeException {
        HttpRequest.BodyPublisher content = body == null
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofByteArray(Json.MAPPER.writeValueAsBytes(body));
        HttpRequest request = request(path, timeout)
                .header("Content-Type", "application/json")
                .method(method, content)
                .build();
        HttpResponse<InputStream> response = exchange(request);
        byte[] answer = bounded(response.body());
        if (response.statusCode() / 100 != 2) {
            throw refused(response.statusCode(), path, answer);
        }
        return answer;
    }

    private HttpRequest.Builder request(String path, Duration timeout) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(timeout)
                .header("Authorization", "Bearer " + token);
    }

    private HttpResponse<InputStream> exchange(HttpRequest request) throws BridgeException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new BridgeException(
                    BridgeException.Kind.UNREACHABLE, "The bridge of " + workspaceId + " does not answer.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BridgeException(BridgeException.Kind.UNREACHABLE, "Interrupted.", e);
        }
    }

    private byte[] bounded(InputStream body) throws BridgeException {
        try (body) {
            byte[] bytes = body.readNBytes(MAX_ANSWER_BYTES + 1);
            if (bytes.length > MAX_ANSWER_BYTES) {
                throw new BridgeException(
                        BridgeException.Kind.REFUSED, "The bridge of " + workspaceId + " answers without end.");
            }
            return bytes;
        } catch (IOException e) {
            throw new BridgeException(
                    BridgeException.Kind.UNREACHABLE, "The bridge of " + workspaceId + " was cut off.", e);
        }
    }

    private BridgeException refused(int status, String path, byte[] answer) {
        String said = new String(answer, 0, Math.min(answer.length, 500), StandardCharsets.UTF_8);
        try {
            String error = Json.MAPPER.readTree(answer).path("error").stringValue("");
            if (!error.isEmpty()) {
                said = error;
            }
        } catch (JacksonException notJson) {
            // Then its text is all there is.
        }
        BridgeException.Kind kind = switch (status) {
            case 404 -> BridgeException.Kind.UNKNOWN;
            case 400, 409, 413, 422 -> BridgeException.Kind.REFUSED;
            // 401 too: it has come home anew, with another token.
            default -> BridgeException.Kind.UNREACHABLE;
        };
        return new BridgeException(kind, said.isBlank() ? "The bridge answered " + status + " to " + path + "." : said);
    }

    private <T> T read(byte[] answer, Class<T> type) throws BridgeException {
        try {
            T value = Json.MAPPER.readValue(answer, type);
            if (value == null) {
                throw new BridgeException(BridgeException.Kind.UNREACHABLE, "The bridge answered nothing.");
            }
            return value;
        } catch (JacksonException e) {
            throw new BridgeException(
                    BridgeException.Kind.UNREACHABLE, "The bridge of " + workspaceId + " answered nonsense.", e);
        }
    }

    private static String encode(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
