package dev.claudevm.bridge.snapshot;

import dev.claudevm.protocol.Json;
import dev.claudevm.protocol.Snapshots.Line;
import dev.claudevm.protocol.Snapshots.Make;
import dev.claudevm.protocol.Snapshots.Restore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** {@code /v1/snapshots}: one at a time; whoever asked and leaves ends it. */
public final class SnapshotRoutes {

    private static final System.Logger LOG = System.getLogger(SnapshotRoutes.class.getName());
    private static final Duration BEAT = Duration.ofSeconds(1);
    private static final int MAX_BODY_CHARS = 64 * 1024;
    private static final long LONGEST_SECONDS = 24L * 3600;

    private final String workspaceId;
    private final Places places;
    private final Map<String, String> inherited;
    private final WayHome home;
    private final AtomicBoolean busy = new AtomicBoolean();

    /** @param inherited PATH, HOME and TMPDIR of restic */
    public SnapshotRoutes(String workspaceId, Places places, Map<String, String> inherited, WayHome home) {
        this.workspaceId = workspaceId;
        this.places = places;
        this.inherited = inherited;
        this.home = home;
    }

    public RouterFunction<ServerResponse> routes() {
        return RouterFunctions.route()
                .POST("/v1/snapshots", request -> body(request, Make.class).flatMap(this::make))
                .POST(
                        "/v1/snapshots/restore",
                        request -> body(request, Restore.class).flatMap(this::restore))
                .build();
    }

    private static <T> Mono<T> body(ServerRequest request, Class<T> type) {
        return request.bodyToMono(String.class).map(text -> {
            if (text.length() > MAX_BODY_CHARS) {
                throw new IllegalArgumentException("The body is too long.");
            }
            try {
                return Json.MAPPER.readValue(text, type);
            } catch (tools.jackson.core.JacksonException e) {
                throw new IllegalArgumentException("The body is not what was expected: " + e.getOriginalMessage(), e);
            }
        });
    }

    private Mono<ServerResponse> make(Make wish) {
        if (!wish.tag().matches("[a-z]{1,20}")) {
            throw new IllegalArgumentException("The tag must be one word.");
        }
        return answer(
                wish.password(),
                wish.secret(),
                wish.seconds(),
                (restic, progress) -> new Making(places, restic, workspaceId).run(wish, progress));
    }

    private Mono<ServerResponse> restore(Restore wish) {
        if (!wish.snapshotId().matches("[0-9a-f]{8,64}")) {
            throw new IllegalArgumentException("That is no id of a snapshot.");
        }
        return answer(
                wish.password(), wish.secret(), wish.seconds(), (restic, _) -> new Bringing(places, restic).run(wish));
    }

    private Path work() {
        return places.state().resolve("restic");
    }

    private interface Work {
        Line run(Restic restic, Consumer<Line> progress) throws IOException;
    }

    private Mono<ServerResponse> answer(String password, String secret, long seconds, Work work) {
        if (!secret.matches("[0-9a-f]{8,128}") || seconds < 1 || seconds > LONGEST_SECONDS) {
            throw new IllegalArgumentException("Secret or seconds are not what was expected.");
        }
        if (!busy.compareAndSet(false, true)) {
            return ServerResponse.status(409)
                    .header("Content-Type", "application/json")
                    .bodyValue(
                            "{\"error\": \"A snapshot is being made or restored.\", \"todo\": \"Wait for its end.\"}");
        }
        Flux<Line> lines = Flux.<Line>create(
                sink -> begin(sink, password, secret, Duration.ofSeconds(seconds), work),
                FluxSink.OverflowStrategy.LATEST);
        Sinks.Empty<Void> end = Sinks.empty();
        Flux<Line> beats =
                Flux.interval(BEAT).onBackpressureDrop().map(_ -> Line.beat()).takeUntilOther(end.asMono());
        Flux<Flux<DataBuffer>> body =
                lines.doFinally(_ -> end.tryEmitEmpty()).mergeWith(beats).map(line -> Flux.just(buffer(line)));
        return ServerResponse.ok()
                .header("Content-Type", "application/x-ndjson")
                .header("Cache-Control", "no-store")
                .body((message, _) -> message.writeAndFlushWith(body));
    }

    private static DataBuffer buffer(Line line) {
        byte[] json = Json.MAPPER.writeValueAsBytes(line);
        byte[] whole = Arrays.copyOf(json, json.length + 1);
        whole[json.length] = '\n';
        return DefaultDataBufferFactory.sharedInstance.wrap(whole);
    }

    /** A platform thread: it reads what restic prints. */
    private void begin(FluxSink<Line> sink, String password, String secret, Duration longest, Work work) {
        Thread.ofPlatform().daemon().name("snapshot").start(() -> {
            try (ObjectsDoor door = new ObjectsDoor(home);
                    Restic restic = new Restic(environment(password, secret, door.port()), longest)) {
                sink.onDispose(restic::close);
                sink.next(work.run(restic, sink::next));
            } catch (Restic.Failed e) {
                sink.next(Line.failed(String.valueOf(e.getMessage()), e.todo()));
            } catch (IOException | RuntimeException e) {
                LOG.log(System.Logger.Level.WARNING, "A snapshot failed", e);
                sink.next(Line.failed(
                        "The snapshot failed in the workspace: " + e, "Try again; the bridge's log has the cause."));
            } finally {
                busy.set(false);
                sink.complete();
            }
        });
    }

    private Map<String, String> environment(String password, String secret, int port) {
        Map<String, String> environment = new HashMap<>(inherited);
        environment.remove("TMUX_TMPDIR");
        environment.put("RESTIC_PASSWORD", password);
        environment.put("RESTIC_REPOSITORY", "rest:http://workspace:" + secret + "@127.0.0.1:" + port + "/");
        environment.put("RESTIC_CACHE_DIR", work().resolve("cache").toString());
        environment.put("RESTIC_PROGRESS_FPS", "2");
        return environment;
    }
}
