package dev.claudevm.gateway;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A bridge's stream of server-sent events, read frame by frame. One thread reads; any thread may close. What comes is
 * bounded: the agent beside the bridge may have taken it over.
 */
public final class BridgeEvents implements Closeable {

    /** Largest frame; a message with its attachments is the largest that is legitimate. */
    static final int MAX_FRAME_BYTES = 72 * 1024 * 1024;

    /**
     * @param id the event's number as text; null when it has none
     * @param type {@code message} when none was named
     */
    public record Frame(@Nullable String id, String type, String data) {}

    private final InputStream in;
    private byte[] buffer = new byte[16 * 1024];
    private int start;
    private int end;

    BridgeEvents(InputStream in) {
        this.in = in;
    }

    /**
     * @return the next frame; null at the end
     * @throws IOException when the connection is lost, the stream was closed, or a frame is too large
     */
    public @Nullable Frame next() throws IOException {
        String id = null;
        String type = "message";
        StringBuilder data = null;
        int size = 0;
        while (true) {
            String line = line();
            if (line == null) {
                return null;
            }
            if (line.isEmpty()) {
                if (data != null) {
                    return new Frame(id, type, data.toString());
                }
                id = null;
                type = "message";
                continue;
            }
            size += line.length();
            if (size > MAX_FRAME_BYTES) {
                throw new IOException("The bridge sent a frame of more than " + MAX_FRAME_BYTES + " bytes.");
            }
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(colon + (line.startsWith(" ", colon + 1) ? 2 : 1));
            switch (field) {
                case "id" -> id = value;
                case "event" -> type = value;
                case "data" ->
                    data = data == null
                            ? new StringBuilder(value)
                            : data.append('\n').append(value);
                default -> {
                    // Comments and fields of later versions.
                }
            }
        }
    }

    /** @return whether the next frame is (at least partly) here, so that reading it will not wait long */
    public boolean ready() throws IOException {
        return end > start || in.available() > 0;
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            // It is gone either way.
        }
    }

    private @Nullable String line() throws IOException {
        int searched = start;
        while (true) {
            for (int i = searched; i < end; i++) {
                if (buffer[i] == '\n') {
                    int length = i - start - (i > start && buffer[i - 1] == '\r' ? 1 : 0);
                    String line = new String(buffer, start, length, StandardCharsets.UTF_8);
                    start = i + 1;
                    if (start == end) {
                        start = 0;
                        end = 0;
                        if (buffer.length > 1024 * 1024) {
                            buffer = new byte[16 * 1024];
                        }
                    }
                    return line;
                }
            }
            int unread = end - start;
            if (end == buffer.length) {
                if (start > 0) {
                    System.arraycopy(buffer, start, buffer, 0, unread);
                } else if (buffer.length >= MAX_FRAME_BYTES) {
                    throw new IOException("The bridge sent a line of more than " + MAX_FRAME_BYTES + " bytes.");
                } else {
                    buffer = Arrays.copyOf(buffer, (int) Math.min(MAX_FRAME_BYTES, buffer.length * 2L));
                }
                start = 0;
                end = unread;
            }
            searched = end;
            int read = in.read(buffer, end, buffer.length - end);
            if (read < 0) {
                return null;
            }
            end += read;
        }
    }
}
