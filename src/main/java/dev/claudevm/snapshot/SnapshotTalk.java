package dev.claudevm.snapshot;

import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.BridgeException;
import dev.claudevm.protocol.Json;
import dev.claudevm.protocol.Snapshots.Line;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Asks a bridge to make or restore a snapshot and listens until the end. What it says is bounded and is not believed. */
final class SnapshotTalk {

    private static final int MAX_LINE_CHARS = 512 * 1024;
    private static final int MAX_REFUSAL_BYTES = 4096;
    private static final int NOT_FOUND = 404;

    private SnapshotTalk() {}

    /** It did not work. */
    static final class Failed extends Exception {
        private static final long serialVersionUID = 1L;
        private final String todo;
        private final boolean unknown;

        Failed(String message, String todo, boolean unknown) {
            super(message);
            this.todo = todo;
            this.unknown = unknown;
        }

        String todo() {
            return todo;
        }

        /** @return the bridge knows nothing of snapshots */
        boolean unknown() {
            return unknown;
        }
    }

    /** Hears of it while it lasts. */
    @FunctionalInterface
    interface Listener {

        void progress(Line line);

        /** @return false: it is given up. Asked about once a second */
        default boolean wanted() {
            return true;
        }
    }

    /** @return the last line, {@code done} */
    static Line ask(BridgeClient bridge, String path, Object question, Listener listener) throws Failed {
        try {
            HttpResponse<InputStream> answer = bridge.relay(
                    "POST",
                    path,
                    Map.of("Content-Type", "application/json"),
                    HttpRequest.BodyPublishers.ofByteArray(Json.MAPPER.writeValueAsBytes(question)));
            try (InputStream body = answer.body()) {
                if (answer.statusCode() != 200) {
                    throw refused(answer.statusCode(), body);
                }
                return listen(body, listener);
            }
        } catch (BridgeException e) {
            throw new Failed(
                    String.valueOf(e.getMessage()), "It is tried again when the workspace is connected.", false);
        } catch (IOException e) {
            throw new Failed("The connection to the workspace was lost.", "It is tried again.", false);
        }
    }

    private static Failed refused(int status, InputStream body) throws IOException {
        byte[] bytes = body.readNBytes(MAX_REFUSAL_BYTES);
        String error = "The bridge answered " + status + ".";
        try {
            error = Json.MAPPER.readTree(bytes).path("error").asString(error);
        } catch (JacksonException notJson) {
            // Then the status is all there is.
        }
        return new Failed(error, "Try again.", status == NOT_FOUND);
    }

    private static Line listen(InputStream body, Listener listener) throws IOException, Failed {
        BufferedReader reader = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
        for (String text = line(reader); text != null; text = line(reader)) {
            Line line;
            try {
                line = Json.MAPPER.readValue(text, Line.class);
            } catch (JacksonException e) {
                throw new Failed("The bridge says what nobody understands.", "Use a bridge of this version.", false);
            }
            switch (line.type()) {
                case "done" -> {
                    return line;
                }
                case "failed" ->
                    throw new Failed(
                            line.error() == null ? "It failed." : line.error(),
                            line.todo() == null ? "Try again." : line.todo(),
                            false);
                case "progress" -> listener.progress(line);
                default -> {}
            }
            if (!listener.wanted()) {
                throw new Failed("It was given up, because something else was wanted.", "Try again.", false);
            }
        }
        throw new IOException("cut off");
    }

    private static @Nullable String line(BufferedReader reader) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = reader.read(); next >= 0; next = reader.read()) {
            if (next == '\n') {
                return line.toString();
            }
            if (line.length() == MAX_LINE_CHARS) {
                throw new IOException("a line without end");
            }
            line.append((char) next);
        }
        return null;
    }
}
