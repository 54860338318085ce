package dev.claudevm.bridge;

import dev.claudevm.bridge.checkpoint.Checkpoints.UnknownCheckpoint;
import dev.claudevm.bridge.files.FileRoutes;
import dev.claudevm.bridge.git.GitRoutes;
import dev.claudevm.bridge.snapshot.Places;
import dev.claudevm.bridge.snapshot.SnapshotRoutes;
import dev.claudevm.protocol.Bridge;
import dev.claudevm.protocol.Bridge.AgentSpec;
import dev.claudevm.protocol.Bridge.ConversationSpec;
import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.Json;
import dev.claudevm.protocol.Snapshots;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/**
 * The HTTP API of section 2 of the architecture, on loopback. Every request needs the bearer token of the last
 * {@link #token}; before there is one, nobody is let in.
 */
final class BridgeServer {

    private static final System.Logger LOG = System.getLogger(BridgeServer.class.getName());

    /** Largest body: a message with attachments. More than that is answered with 413. */
    static final int MAX_BODY_BYTES = 16 * 1024 * 1024;

    /** A path of 4096 bytes, each as {@code %XX}, twice when something is moved. */
    private static final int MAX_LINE_BYTES = 32 * 1024;

    private static final int INSUFFICIENT_STORAGE = 507;

    private final BridgeConfig config;
    private final Conversations conversations;
    private final FileRoutes files;
    private final ListeningPorts ports;
    private final SnapshotRoutes snapshots;
    private final RestoredJournals restored;
    private final Runnable stop;
    private volatile byte @Nullable [] token;
    private @Nullable DisposableServer server;

    /**
     * @param stop is run when the control plane wants the bridge to end
     * @throws IOException when files.json is not what was expected
     */
    BridgeServer(BridgeConfig config, Conversations conversations, Runnable stop) throws IOException {
        this(config, conversations, stop, HomeLine.to(config.gateway()));
    }

    /** @param home the way to the control plane's services */
    BridgeServer(BridgeConfig config, Conversations conversations, Runnable stop, HomeLine home) throws IOException {
        this.config = config;
        this.files = new FileRoutes(config.project(), config.state(), config.inherited());
        this.conversations = conversations;
        this.ports = new ListeningPorts(config);
        this.restored =
                new RestoredJournals(config.state().resolve("conversations"), config.generation(), Clock.systemUTC());
        this.snapshots = new SnapshotRoutes(
                config.workspaceId(),
                new Places(config.project(), config.agentHome(), config.state()),
                config.inherited(),
                home);
        this.stop = stop;
    }

    /** @return the port on 127.0.0.1 */
    int start() {
        DisposableServer started = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .httpRequestDecoder(decoder -> decoder.maxInitialLineLength(MAX_LINE_BYTES))
                .handle(new ReactorHttpHandlerAdapter(RouterFunctions.toHttpHandler(routes())))
                .bindNow();
        server = started;
        return started.port();
    }

    void close() {
        if (server != null) {
            server.disposeNow();
        }
    }

    /** From now on this is the only token that is accepted. */
    void token(String value) {
        token = value.getBytes(StandardCharsets.UTF_8);
    }

    private RouterFunction<ServerResponse> routes() {
        return RouterFunctions.route()
                .GET("/v1/health", _ -> health())
                .GET("/v1/ports", _ -> blocking(ports::list).flatMap(BridgeServer::json))
                .PUT("/v1/agents", request -> agents(request, conversations::agents))
                .PATCH("/v1/agents", request -> agents(request, conversations::addAgents))
                .PUT("/v1/conversations/{id}", this::conversation)
                .POST("/v1/conversations/{id}/commands", this::command)
                .GET("/v1/conversations/{id}/events", this::events)
                .GET("/v1/conversations/{id}/tools/{toolId}/output", this::toolOutput)
                .POST("/v1/stop", this::stop)
                .add(new CheckpointRoutes(conversations).routes())
                .add(files.routes())
                .add(snapshots.routes())
                .GET(
                        "/v1/restored/{id}",
                        request -> blocking(() -> restored.last(request.pathVariable("id")))
                                .flatMap(BridgeServer::json))
                .POST(
                        "/v1/restored/{id}",
                        request -> body(request, Snapshots.Journal.class)
                                .flatMap(journal -> blocking(() -> restored.add(request.pathVariable("id"), journal)))
                                .flatMap(BridgeServer::json))
                .POST(
                        "/v1/restored",
                        request -> body(request, RestoredJournals.End.class)
                                .flatMap(end -> blocking(() -> {
                                    restored.end(end.note());
                                    return true;
                                }))
                                .flatMap(_ -> ServerResponse.noContent().build()))
                .DELETE("/v1/restored", _ -> {
                    conversations.hold(false);
                    return ServerResponse.noContent().build();
                })
                .add(new GitRoutes(config.project(), config.inherited(), conversations.checkpoints()).routes())
                .route(
                        RequestPredicates.all(),
                        r -> problem(
                                HttpStatus.NOT_FOUND.value(),
                                "There is nothing at " + r.path() + ".",
                                "See docs/architecture.md, section 2."))
                .filter((request, next) -> letIn(request)
                        ? Mono.defer(() -> next.handle(request)).onErrorResume(e -> failed(request, e))
                        : problem(
                                HttpStatus.UNAUTHORIZED.value(),
                                "This request carries no valid token.",
                                "Send Authorization: Bearer with the token of the last Welcome."))
                .build();
    }

    private boolean letIn(ServerRequest request) {
        byte[] wanted = token;
        String header = request.headers().firstHeader("Authorization");
        return wanted != null
                && header != null
                && header.startsWith("Bearer ")
                && MessageDigest.isEqual(
                        wanted, header.substring("Bearer ".length()).getBytes(StandardCharsets.UTF_8));
    }

    private Mono<ServerResponse> health() {
        return json(new Bridge.Health(
                config.workspaceId(), config.generation(), BridgeMain.version(), conversations.statuses()));
    }

    private interface Taking {
        void take(List<AgentSpec> specs) throws IOException;
    }

    private Mono<ServerResponse> agents(ServerRequest request, Taking taking) {
        return body(request, AgentSpec[].class)
                .flatMap(specs -> blocking(() -> {
                    taking.take(List.of(specs));
                    return true;
                }))
                .flatMap(_ -> ServerResponse.noContent().build());
    }

    private Mono<ServerResponse> conversation(ServerRequest request) {
        return body(request, ConversationSpec.class)
                .flatMap(spec -> {
                    if (!request.pathVariable("id").equals(spec.id())) {
                        throw new IllegalArgumentException("The id in the path and in the body differ.");
                    }
                    return blocking(() -> conversations.put(spec));
                })
                .flatMap(BridgeServer::json);
    }

    private Mono<ServerResponse> command(ServerRequest request) {
        String id = find(request).spec().id();
        return body(request, Command.class)
                .flatMap(command -> {
                    checked(command);
                    return Mono.fromFuture(() -> conversations.command(id, command));
                })
                .flatMap(BridgeServer::json);
    }

    private static void checked(Command command) {
        boolean complete = command.id() != null
                && !command.id().isBlank()
                && command.by() != null
                && switch (command) {
                    case Command.Enqueue c -> c.text() != null && c.attachments() != null;
                    case Command.Edit c -> c.messageId() != null && c.text() != null;
                    case Command.Move c -> c.messageId() != null;
                    case Command.Withdraw c -> c.messageId() != null;
                    case Command.SayNow c -> c.messageId() != null;
                    case Command.AnswerApproval c -> c.approvalId() != null && c.decision() != null;
                    case Command.AnswerQuestion c -> c.questionId() != null && c.answers() != null;
                    case Command.SetMode c -> c.mode() != null;
                    case Command.Restore c ->
                        c.checkpointId() != null
                                && (c.hunk() == null || c.hunk().to() != null);
                    case Command.Interrupt _, Command.Pause _, Command.Resume _ -> true;
                };
        if (!complete) {
            throw new IllegalArgumentException("A field of the command is missing.");
        }
    }

    private Mono<ServerResponse> events(ServerRequest request) {
        Conversation conversation = find(request);
        String after = request.headers().firstHeader("Last-Event-ID");
        String asked = request.queryParam("after").orElse(after == null ? "0" : after);
        long from;
        try {
            from = Long.parseLong(asked);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("after must be a number, not " + asked + ".", e);
        }
        if (from < 0 || from > conversation.status().lastSeq()) {
            throw new IllegalArgumentException("after must be between 0 and "
                    + conversation.status().lastSeq() + ", the conversation's last event.");
        }
        return ServerSentEvents.answer(Mono.fromFuture(() -> conversation.follow(from)));
    }

    private Mono<ServerResponse> toolOutput(ServerRequest request) {
        Conversation conversation = find(request);
        String toolId = request.pathVariable("toolId");
        return blocking(() -> conversation.toolOutput().find(toolId))
                .flatMap(found -> found.map(text -> ServerResponse.ok()
                                .contentType(new MediaType("text", "plain", StandardCharsets.UTF_8))
                                .bodyValue(text))
                        .orElseGet(() -> problem(
                                HttpStatus.NOT_FOUND.value(),
                                "No tool " + toolId + " has finished in this conversation.",
                                "Use the toolId of a tool.finished event.")));
    }

    private Mono<ServerResponse> stop(ServerRequest request) {
        if (!request.queryParam("idle").map(Boolean::parseBoolean).orElse(false)) {
            return stop();
        }
        return blocking(conversations::rest)
                .flatMap(done -> done
                        ? stop()
                        : problem(
                                HttpStatus.CONFLICT.value(),
                                "The workspace is needed: a turn runs, or a message waits.",
                                "Ask again when it rests."));
    }

    private Mono<ServerResponse> stop() {
        // Not before the answer is written: the process ends with it.
        return ServerResponse.accepted()
                .build((exchange, _) -> exchange.getResponse()
                        .setComplete()
                        .doFinally(_ -> Thread.ofVirtual().name("stop").start(stop)));
    }

    private Conversation find(ServerRequest request) {
        return conversations.get(request.pathVariable("id"));
    }

    private static <T> Mono<T> body(ServerRequest request, Class<T> type) {
        return DataBufferUtils.join(request.body(BodyExtractors.toDataBuffers()), MAX_BODY_BYTES)
                .map(buffer -> read(buffer, type))
                .switchIfEmpty(Mono.error(() -> new IllegalArgumentException("The body is empty.")));
    }

    private static <T> T read(DataBuffer buffer, Class<T> type) {
        byte[] bytes = new byte[buffer.readableByteCount()];
        buffer.read(bytes);
        DataBufferUtils.release(buffer);
        try {
            T value = Json.MAPPER.readValue(bytes, type);
            if (value == null) {
                throw new IllegalArgumentException("The body is null.");
            }
            return value;
        } catch (tools.jackson.core.JacksonException e) {
            throw new IllegalArgumentException("The body is not what was expected: " + e.getOriginalMessage(), e);
        }
    }

    interface Work<T> {
        T run() throws IOException;
    }

    static <T> Mono<T> blocking(Work<T> work) {
        return Mono.fromCallable(work::run).subscribeOn(Schedulers.boundedElastic());
    }

    static Mono<ServerResponse> json(Object value) {
        return ServerResponse.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(Json.MAPPER.writeValueAsBytes(value));
    }

    private static Mono<ServerResponse> failed(ServerRequest request, Throwable error) {
        Throwable e = error instanceof java.util.concurrent.CompletionException && error.getCause() != null
                ? error.getCause()
                : error;
        return switch (e) {
            case Conversations.UnknownConversation u ->
                problem(
                        HttpStatus.NOT_FOUND.value(),
                        String.valueOf(u.getMessage()),
                        "PUT /v1/conversations/{id} makes it.");
            case Conversations.Held h ->
                problem(
                        HttpStatus.SERVICE_UNAVAILABLE.value(),
                        String.valueOf(h.getMessage()),
                        "Try again when it is back.");
            case UnknownCheckpoint u ->
                problem(
                        HttpStatus.NOT_FOUND.value(),
                        String.valueOf(u.getMessage()),
                        "Use one of GET /v1/conversations/{id}/checkpoints.");
            case Conversations.Resting r ->
                problem(
                        HttpStatus.SERVICE_UNAVAILABLE.value(),
                        String.valueOf(r.getMessage()),
                        "Start it, and send it again.");
            case DataBufferLimitException _ ->
                problem(
                        HttpStatus.CONTENT_TOO_LARGE.value(),
                        "The body is larger than " + MAX_BODY_BYTES + " bytes.",
                        "Put large files into the project and name them in the message.");
            case IllegalArgumentException i ->
                problem(HttpStatus.BAD_REQUEST.value(), String.valueOf(i.getMessage()), "Correct the request.");
            case IOException i ->
                problem(
                        INSUFFICIENT_STORAGE,
                        String.valueOf(i.getMessage()),
                        "Nothing was taken; send it again when there is room.");
            default -> {
                LOG.log(System.Logger.Level.ERROR, request.method() + " " + request.path() + " failed", e);
                yield problem(
                        HttpStatus.INTERNAL_SERVER_ERROR.value(),
                        "The bridge failed: " + e.getClass().getSimpleName(),
                        "See the bridge's log.");
            }
        };
    }

    static Mono<ServerResponse> problem(int status, String error, String todo) {
        return ServerResponse.status(status)
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(Json.MAPPER.writeValueAsBytes(Map.of("error", error, "todo", todo)));
    }
}
