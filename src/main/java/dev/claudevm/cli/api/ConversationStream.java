package dev.claudevm.cli.api;

import dev.claudevm.protocol.Delta;
import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventCodec;
import dev.claudevm.protocol.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A conversation's events as they come, once each and in order: after a lost connection the stream goes on after the last
 * number that was seen. Owned by the thread that calls {@link #follow}; {@link #close} may come from another.
 */
public final class ConversationStream implements AutoCloseable {

    /** A stream that has shown beats and is silent for so long is dead. Beats come about once a second. */
    private static final Duration SILENCE = Duration.ofSeconds(5);

    private static final long[] BACK_OFF_MS = {0, 200, 500, 1_000, 2_000, 5_000};

    /** Hears what comes. Called by the thread of {@link #follow}; an exception ends the stream. */
    public interface Reader {

        void event(Event event, JsonNode json);

        void delta(Delta delta);

        /** Said once for each loss. */
        void lost(String why);

        /** Said when events come again. */
        void back();
    }

    private final ApiClient api;
    private final String conversationId;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicLong lastSignOfLife = new AtomicLong();
    private volatile @Nullable Thread follower;
    private volatile InputStream current = InputStream.nullInputStream();
    private long last;

    /** @param after the number of the last event that is already known; 0: none */
    public ConversationStream(ApiClient api, String conversationId, long after) {
        this.api = api;
        this.conversationId = conversationId;
        this.last = after;
    }

    /**
     * Reads until {@link #close}.
     *
     * @throws CliException when the server refuses: there is no such conversation, or we are not logged in
     */
    public void follow(Reader reader) {
        follower = Thread.currentThread();
        try {
            connectAgainAndAgain(reader);
        } finally {
            follower = null;
            if (closed.get()) {
                var _ = Thread.interrupted(); // Our own, from close.
            }
        }
    }

    private void connectAgainAndAgain(Reader reader) {
        boolean lost = false;
        int failures = 0;
        while (!closed.get()) {
            long before = last;
            try (InputStream stream = api.stream("conversations/" + conversationId + "/events?after=" + last, last)) {
                current = stream;
                if (closed.get()) {
                    return;
                }
                if (lost) {
                    lost = false;
                    reader.back();
                }
                read(stream, reader);
                failures = last > before ? 0 : failures + 1;
            } catch (ApiClient.Unreachable | IOException e) {
                if (closed.get()) {
                    return;
                }
                if (!lost) {
                    lost = true;
                    reader.lost(e instanceof IOException ? "the connection broke" : String.valueOf(e.getMessage()));
                }
                failures = last > before ? 0 : failures + 1;
            } catch (ApiClient.Refused e) {
                if (!e.passing()) {
                    throw e;
                }
                failures++;
            }
            pause(failures);
        }
    }

    @Override
    public void close() {
        closed.set(true);
        closeCurrent();
        Thread waiting = follower;
        if (waiting != null && waiting != Thread.currentThread()) {
            waiting.interrupt(); // It may wait for a server that has accepted and says nothing.
        }
    }

    private void closeCurrent() {
        try {
            current.close();
        } catch (IOException e) {
            // It is being thrown away.
        }
    }

    private void read(InputStream stream, Reader reader) throws IOException {
        lastSignOfLife.set(0);
        try (ScheduledExecutorService watch =
                Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().factory())) {
            var _ = watch.scheduleWithFixedDelay(this::closeWhenSilent, 1, 1, TimeUnit.SECONDS);
            try {
                lines(new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8)), reader);
            } finally {
                watch.shutdownNow();
            }
        }
    }

    private void closeWhenSilent() {
        long sign = lastSignOfLife.get();
        if (sign != 0 && System.nanoTime() - sign > SILENCE.toNanos()) {
            closeCurrent();
        }
    }

    /** The format of server-sent events: fields a line, an empty line ends the message. */
    private void lines(BufferedReader lines, Reader reader) throws IOException {
        String type = "message";
        StringBuilder data = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (lastSignOfLife.get() != 0) {
                lastSignOfLife.set(System.nanoTime());
            }
            if (line.isEmpty()) {
                if (!data.isEmpty() || "beat".equals(type)) {
                    message(type, data.toString(), reader);
                }
                type = "message";
                data.setLength(0);
            } else if (line.startsWith("event:")) {
                type = value(line, "event:");
            } else if (line.startsWith("data:")) {
                data.append(data.isEmpty() ? "" : "\n").append(value(line, "data:"));
            }
        }
        throw new IOException("the stream ended");
    }

    private void message(String type, String data, Reader reader) throws IOException {
        switch (type) {
            case "beat" -> lastSignOfLife.set(System.nanoTime());
            case "delta" -> reader.delta(Json.MAPPER.readValue(data, Delta.class));
            default -> {
                JsonNode json = Json.MAPPER.readTree(data);
                if (!json.has("seq")) {
                    return; // The server's other messages: nothing of the journal.
                }
                Event event = EventCodec.fromJson(json);
                if (event.seq() <= last) {
                    return;
                }
                if (last > 0 && event.seq() > last + 1) {
                    throw new IOException("events are missing"); // Connect anew: the server has them.
                }
                last = event.seq();
                reader.event(event, json);
            }
        }
    }

    private static String value(String line, String field) {
        String value = line.substring(field.length());
        return value.startsWith(" ") ? value.substring(1) : value;
    }

    private void pause(int failures) {
        long most = BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length - 1)];
        try {
            TimeUnit.MILLISECONDS.sleep(most);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closed.set(true);
        }
    }
}
