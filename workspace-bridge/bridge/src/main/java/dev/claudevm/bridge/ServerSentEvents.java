package dev.claudevm.bridge;

import dev.claudevm.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A follower's items as an event stream; each is flushed at once. */
final class ServerSentEvents {

    private ServerSentEvents() {}

    static Mono<ServerResponse> answer(Mono<Follower> follower) {
        Flux<Flux<DataBuffer>> frames = follower.flatMapMany(Follower::items)
                .map(ServerSentEvents::frame)
                .map(f -> Flux.just(
                        (DataBuffer) DefaultDataBufferFactory.sharedInstance.wrap(f.getBytes(StandardCharsets.UTF_8))));
        return ServerResponse.ok()
                .contentType(MediaType.TEXT_EVENT_STREAM)
                .header("Cache-Control", "no-store")
                .body((message, _) -> message.writeAndFlushWith(frames));
    }

    private static String frame(Follower.Item item) {
        return switch (item) {
            case Follower.Item.Journaled j ->
                "id: " + j.event().path("seq").asLong() + "\nevent: "
                        + j.event().path("type").asString() + "\ndata: "
                        + Json.MAPPER.writeValueAsString(j.event()) + "\n\n";
            case Follower.Item.Piece p -> "event: delta\ndata: " + Json.MAPPER.writeValueAsString(p.delta()) + "\n\n";
            case Follower.Item.Beat _ ->
                "event: beat\ndata: "
                        + Json.MAPPER.writeValueAsString(
                                Map.of("at", Instant.now().toString())) + "\n\n";
        };
    }
}
