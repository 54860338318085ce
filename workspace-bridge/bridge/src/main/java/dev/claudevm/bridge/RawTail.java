package dev.claudevm.bridge;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lines that are appended to a file by somebody else. A partial last line waits; a line over the limit is
 * skipped without being held in memory. Used by one thread.
 */
final class RawTail implements AutoCloseable {

    private static final int CHUNK_BYTES = 128 * 1024;

    private final Path file;
    private final int maxLineBytes;
    private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    private ByteArrayOutputStream partial = new ByteArrayOutputStream();
    private @Nullable FileChannel channel;

    /** Where the next byte is read. */
    private long position;

    /** Bytes of the current line so far when it is too long; 0: it is not. */
    private long skipped;

    /** @param offset where to begin; the beginning of a line */
    RawTail(Path file, long offset, int maxLineBytes) {
        this.file = file;
        this.position = offset;
        this.maxLineBytes = maxLineBytes;
    }

    /**
     * A whole line.
     *
     * @param text invalid UTF-8 is replaced; null when the line was too long
     * @param bytes its length without the newline
     * @param end the offset behind its newline
     */
    record Line(@Nullable String text, long bytes, long end) {}

    /**
     * @param upTo reads nothing from this offset on
     * @return the lines of the next piece of the file, maybe none although more is there when a line is long
     */
    List<Line> read(long upTo) throws IOException {
        FileChannel open = channel();
        if (open == null) {
            return List.of();
        }
        chunk.clear().limit((int) Math.clamp(upTo - position, 0, CHUNK_BYTES));
        int count = open.read(chunk, position);
        if (count <= 0) {
            return List.of();
        }
        List<Line> lines = new ArrayList<>();
        byte[] bytes = chunk.array();
        int start = 0;
        for (int i = 0; i < count; i++) {
            if (bytes[i] == '\n') {
                lines.add(line(bytes, start, i, position + i + 1));
                start = i + 1;
            }
        }
        keep(bytes, start, count);
        position += count;
        return lines;
    }

    /** @return where the next byte is read */
    long position() {
        return position;
    }

    /** @return whether there is something behind what was read */
    boolean more() throws IOException {
        FileChannel open = channel();
        return open != null && open.size() > position;
    }

    private Line line(byte[] bytes, int from, int to, long end) {
        keep(bytes, from, to);
        Line line = skipped > 0
                ? new Line(null, skipped, end)
                : new Line(partial.toString(StandardCharsets.UTF_8), partial.size(), end);
        skipped = 0;
        if (partial.size() > CHUNK_BYTES) {
            partial = new ByteArrayOutputStream();
        } else {
            partial.reset();
        }
        return line;
    }

    private void keep(byte[] bytes, int from, int to) {
        if (skipped > 0) {
            skipped += to - from;
        } else if (partial.size() + (to - from) > maxLineBytes) {
            skipped = partial.size() + (long) (to - from);
            partial = new ByteArrayOutputStream();
        } else {
            partial.write(bytes, from, to - from);
        }
    }

    private @Nullable FileChannel channel() throws IOException {
        if (channel == null && Files.exists(file)) {
            channel = FileChannel.open(file, StandardOpenOption.READ);
        }
        return channel;
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
