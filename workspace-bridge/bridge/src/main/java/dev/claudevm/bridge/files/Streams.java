package dev.claudevm.bridge.files;

import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Blocking work as streams that go at the reader's pace. Whoever leaves ends the work. All threads are platform threads. */
final class Streams {

    /** Programs that are read: few at once, some in line; more are refused. */
    private static final Scheduler PROGRAMS = Schedulers.newBoundedElastic(4, 16, "file-programs", 60, true);

    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration BEAT = Duration.ofSeconds(1);
    private static final int BEAT_TICKS = 10;
    private static final int CHUNK_BYTES = 64 * 1024;

    private Streams() {}

    static <T> Mono<T> blocking(Callable<T> work) {
        return Mono.fromCallable(work).subscribeOn(Schedulers.boundedElastic());
    }

    /** @return {@code length} bytes of what was opened, from {@code at} on; it is closed then. A file that shrank fails */
    static Flux<DataBuffer> bytes(Content.Opened opened, long at, long length) {
        if (opened.whole().length > 0 || length == 0) {
            byte[] whole = opened.whole();
            opened.close();
            return Flux.just(buffer(Arrays.copyOfRange(whole, (int) at, (int) (at + length))));
        }
        return Flux.using(
                        opened::channel,
                        channel -> Flux.<DataBuffer, Long>generate(() -> 0L, (sent, sink) -> {
                            if (sent == length) {
                                sink.complete();
                                return sent;
                            }
                            try {
                                byte[] next = Content.read(
                                        opened, channel, at + sent, (int) Math.min(CHUNK_BYTES, length - sent));
                                if (next.length == 0) {
                                    sink.error(new IOException("The file became shorter while it was read"));
                                } else {
                                    sink.next(buffer(next));
                                }
                                return sent + next.length;
                            } catch (IOException e) {
                                sink.error(e);
                                return sent;
                            }
                        }),
                        channel -> closeQuietly(channel, opened))
                .subscribeOn(Schedulers.boundedElastic());
    }

    private static void closeQuietly(FileChannel channel, Content.Opened opened) {
        try (opened) {
            channel.close();
        } catch (IOException e) {
            System.getLogger(Streams.class.getName()).log(System.Logger.Level.DEBUG, "A file was not closed", e);
        }
    }

    /** @return what a program says; closing ends it */
    static Flux<DataBuffer> program(Callable<InputStream> start) {
        return DataBufferUtils.readInputStream(start, DefaultDataBufferFactory.sharedInstance, CHUNK_BYTES)
                .subscribeOn(PROGRAMS);
    }

    /** @return matches as lines of JSON, with a beat about once a second, so that a reader who has gone is noticed */
    static Flux<Flux<DataBuffer>> search(Callable<Search> start) {
        Flux<Map<String, Object>> matches = Mono.fromCallable(start)
                .flatMapMany(search -> Flux.<Map<String, Object>>generate(sink -> {
                            Map<String, Object> next = search.next();
                            if (next == null) {
                                sink.complete();
                            } else {
                                sink.next(next);
                            }
                        })
                        .doFinally(_ -> search.close())
                        .doOnCancel(search::close))
                .subscribeOn(PROGRAMS);
        Sinks.Empty<Void> end = Sinks.empty();
        Flux<Map<String, Object>> beats = Flux.interval(BEAT)
                .onBackpressureDrop()
                .<Map<String, Object>>map(_ -> Map.of("type", "beat"))
                .takeUntilOther(end.asMono());
        return matches.doFinally(_ -> end.tryEmitEmpty())
                .mergeWith(beats)
                .map(line -> Flux.just(buffer(withEnd(Json.MAPPER.writeValueAsBytes(line)))));
    }

    private static byte[] withEnd(byte[] line) {
        byte[] whole = Arrays.copyOf(line, line.length + 1);
        whole[line.length] = '\n';
        return whole;
    }

    /** @return {@code ready}, then {@code changed} for each folder, at most every tenth of a second, and {@code beat} */
    static Flux<Flux<DataBuffer>> watch(Watching.Watch watch) {
        Flux<String> ready = Flux.just(frame("ready", Map.of("folders", watch.present())));
        Flux<String> changes = Flux.interval(TICK, Schedulers.boundedElastic())
                .onBackpressureDrop()
                .concatMap(tick -> Flux.fromIterable(frames(watch, tick)), 1);
        return ready.concatWith(changes)
                .map(frame -> Flux.just(buffer(frame.getBytes(StandardCharsets.UTF_8))))
                .doFinally(_ -> watch.close());
    }

    private static List<String> frames(Watching.Watch watch, long tick) {
        List<String> frames = new ArrayList<>();
        boolean beat = tick % BEAT_TICKS == 0;
        if (beat) {
            watch.check();
        }
        watch.take().forEach(change -> frames.add(frame("changed", change)));
        if (beat) {
            frames.add(frame("beat", Map.of()));
        }
        return frames;
    }

    private static String frame(String event, Object data) {
        return "event: " + event + "\ndata: " + Json.MAPPER.writeValueAsString(data) + "\n\n";
    }

    private static DataBuffer buffer(byte[] bytes) {
        return DefaultDataBufferFactory.sharedInstance.wrap(bytes);
    }
}
