package dev.claudevm.bridge;

import dev.claudevm.protocol.Json;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The file {@code journal.ndjson}: commits, one a line. One thread appends; any thread may read what is committed.
 *
 * <p>In memory is a sparse index only (about one entry per 64 KiB), so that a long journal costs nothing.
 */
final class Journal implements Closeable {

    private static final int INDEX_EVERY_BYTES = 64 * 1024;

    private final Path file;
    private final Clock clock;
    private final FileChannel channel;

    /** First event number of a commit to the commit's place in the file. */
    private final ConcurrentSkipListMap<Long, Long> index = new ConcurrentSkipListMap<>();

    private long indexedAt = -INDEX_EVERY_BYTES;
    private volatile long lastSeq;
    private volatile long committedBytes;

    private Journal(Path file, Clock clock, FileChannel channel) {
        this.file = file;
        this.clock = clock;
        this.channel = channel;
    }

    /**
     * Opens or makes the file; a torn last line is cut off.
     *
     * @param fold gets every commit's JSON with its place in the file, oldest first
     */
    static Journal open(Path file, Clock clock, Fold fold) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        Journal journal = new Journal(file, clock, channel);
        journal.load(fold);
        return journal;
    }

    /** Gets the commits of a journal, oldest first. */
    interface Fold {
        void on(long offset, JsonNode commit);
    }

    private void load(Fold fold) throws IOException {
        long size = channel.size();
        long[] good = {0};
        readLines(0, size, (offset, line) -> {
            JsonNode commit;
            try {
                commit = Json.MAPPER.readTree(line);
            } catch (RuntimeException e) {
                return false; // torn by a crash in the middle of a write
            }
            remember(offset, commit.path("events"));
            fold.on(offset, commit);
            good[0] = offset + line.length + 1;
            return true;
        });
        if (good[0] < size) {
            channel.truncate(good[0]);
            channel.force(true);
        }
        committedBytes = good[0];
    }

    private void remember(long offset, JsonNode events) {
        if (events.isEmpty()) {
            return;
        }
        long first = events.get(0).path("seq").asLong();
        if (offset - indexedAt >= INDEX_EVERY_BYTES) {
            index.put(first, offset);
            indexedAt = offset;
        }
        lastSeq = events.get(events.size() - 1).path("seq").asLong();
    }

    long lastSeq() {
        return lastSeq;
    }

    /** @return where the next commit will begin */
    long bytes() {
        return committedBytes;
    }

    /**
     * Writes a commit and makes it durable.
     *
     * @return the line that was written
     * @throws IOException when it could not be written; the file is then as before
     */
    String append(Commit commit) throws IOException {
        long first = lastSeq + 1;
        String line = commit.toLine(first, clock.instant());
        CrashPoint.BEFORE_WRITE.reached(line);
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        long start = committedBytes;
        int length = bytes.remaining();
        try {
            if (channel.size() > start) {
                channel.truncate(start); // what an earlier failure left
            }
            long at = start;
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
            CrashPoint.AFTER_WRITE.reached(line);
            channel.force(false);
        } catch (IOException e) {
            cutBack(start);
            throw new IOException(
                    "The journal " + file + " could not be written (" + e.getMessage()
                            + "); make room on the disk and try again.",
                    e);
        }
        CrashPoint.AFTER_FSYNC.reached(line);
        if (!commit.events().isEmpty()) {
            if (start - indexedAt >= INDEX_EVERY_BYTES) {
                index.put(first, start);
                indexedAt = start;
            }
            lastSeq = first + commit.events().size() - 1;
        }
        committedBytes = start + length;
        return line;
    }

    private void cutBack(long size) {
        try {
            channel.truncate(size);
        } catch (IOException e) {
            // The next append cuts first; until then the torn end has no newline that counts: readers stop at the
            // bound.
            System.getLogger(Journal.class.getName()).log(System.Logger.Level.WARNING, "Could not cut " + file, e);
        }
    }

    /**
     * Reads events from {@code after} + 1 to {@code upTo} at most.
     *
     * @param sink gets each event's JSON, oldest first
     * @param maxEvents stops after that many
     * @return the number of the last event that was given; {@code after} when none
     */
    long read(long after, long upTo, int maxEvents, Consumer<JsonNode> sink) throws IOException {
        Map.@Nullable Entry<Long, Long> entry = index.floorEntry(after + 1);
        long from = entry == null ? 0 : entry.getValue();
        long[] last = {after};
        int[] left = {maxEvents};
        readLines(from, committedBytes, (offset, line) -> {
            for (JsonNode event : Json.MAPPER.readTree(line).path("events")) {
                long seq = event.path("seq").asLong();
                if (seq <= last[0]) {
                    continue;
                }
                if (seq > upTo || left[0] == 0) {
                    return false;
                }
                sink.accept(event);
                last[0] = seq;
                left[0]--;
            }
            return last[0] < upTo;
        });
        return last[0];
    }

    /** Gives the commits that begin at {@code offset} or later to {@code fold}. */
    void commitsFrom(long offset, Fold fold) throws IOException {
        readLines(offset, committedBytes, (at, line) -> {
            fold.on(at, Json.MAPPER.readTree(line));
            return true;
        });
    }

    private interface LineSink {
        /** @return whether to go on */
        boolean on(long offset, byte[] line);
    }

    private void readLines(long from, long to, LineSink sink) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(INDEX_EVERY_BYTES);
        byte[] bytes = chunk.array();
        var partial = new ByteArrayOutputStream();
        try (FileChannel reader = FileChannel.open(file, StandardOpenOption.READ)) {
            long start = from;
            for (long at = from; at < to; ) {
                chunk.clear().limit((int) Math.min(bytes.length, to - at));
                int count = reader.read(chunk, at);
                if (count <= 0) {
                    return;
                }
                int lineFrom = 0;
                for (int i = 0; i < count; i++) {
                    if (bytes[i] == '\n') {
                        partial.write(bytes, lineFrom, i - lineFrom);
                        if (!sink.on(start, partial.toByteArray())) {
                            return;
                        }
                        partial.reset();
                        lineFrom = i + 1;
                        start = at + lineFrom;
                    }
                }
                partial.write(bytes, lineFrom, count - lineFrom);
                at += count;
            }
        }
    }

    /** @return how many places the index knows; for tests */
    int indexSize() {
        return new TreeMap<>(index).size();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
