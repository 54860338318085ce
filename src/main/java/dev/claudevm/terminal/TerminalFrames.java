package dev.claudevm.terminal;

import dev.claudevm.protocol.Json;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.TextMessage;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What is on the web socket (docs/terminal.md): text frames hold JSON with a type {@code t}, binary ones a number and bytes. */
final class TerminalFrames {

    private TerminalFrames() {}

    /** What a page says, but for what is typed. */
    sealed interface Said {}

    /**
     * The first frame.
     *
     * @param relay which it had; null: none
     * @param at how much of that relay's output it has; null: it wants the screen anew
     */
    record Hello(@Nullable String relay, @Nullable Long at, int columns, int rows) implements Said {}

    /** Everything up to here is on the screen. */
    record Shown(long to) implements Said {}

    record Size(int columns, int rows) implements Said {}

    record Beat() implements Said {}

    /** A piece of what was typed. */
    record Typed(long number, byte[] bytes) {}

    /** @throws IllegalArgumentException when it is none of these */
    static Said read(TextMessage message) {
        JsonNode json;
        try {
            json = Json.MAPPER.readTree(message.getPayload());
        } catch (JacksonException e) {
            throw new IllegalArgumentException("That is no JSON.", e);
        }
        return switch (json.path("t").asString("")) {
            case "hello" ->
                new Hello(
                        json.path("relay").isString() ? json.path("relay").asString("") : null,
                        json.path("at").isIntegralNumber() ? json.path("at").asLong(0) : null,
                        columns(json),
                        rows(json));
            case "shown" -> new Shown(json.path("to").asLong(-1));
            case "size" -> new Size(columns(json), rows(json));
            case "beat" -> new Beat();
            default -> throw new IllegalArgumentException("No such frame is known.");
        };
    }

    private static int columns(JsonNode json) {
        return Math.clamp(json.path("columns").asInt(80), 2, TerminalSettings.MAX_COLUMNS);
    }

    private static int rows(JsonNode json) {
        return Math.clamp(json.path("rows").asInt(24), 2, TerminalSettings.MAX_ROWS);
    }

    /** @throws IllegalArgumentException when it has no number, or too much in it */
    static Typed read(BinaryMessage message) {
        ByteBuffer frame = message.getPayload();
        int length = frame.remaining() - Long.BYTES;
        if (length < 1 || length > TerminalSettings.MAX_INPUT_BYTES) {
            throw new IllegalArgumentException("A piece has 1 to " + TerminalSettings.MAX_INPUT_BYTES + " bytes.");
        }
        long number = frame.getLong();
        byte[] bytes = new byte[length];
        frame.get(bytes);
        return new Typed(number, bytes);
    }

    static BinaryMessage output(Relay.Bytes news) {
        ByteBuffer frame = ByteBuffer.allocate(Long.BYTES + news.bytes().length);
        frame.putLong(news.from()).put(news.bytes()).flip();
        return new BinaryMessage(frame);
    }

    static TextMessage ready(Relays.Opened opened) {
        long[] typed = opened.relay().typed();
        ObjectNode json = message("ready")
                .put("relay", opened.relay().id())
                .put("resumed", opened.resumed())
                .put("received", typed[0])
                .put("taken", typed[1]);
        Relay.End before = opened.before();
        if (before != null) {
            json.putObject("before").put("taken", before.taken()).put("written", before.written());
        }
        return new TextMessage(json.toString());
    }

    static TextMessage taken(long number) {
        return new TextMessage(message("taken").put("to", number).toString());
    }

    /** {@code code} is missing when it was cut off. */
    static TextMessage ended(Relay.End end) {
        ObjectNode json = message("ended").put("taken", end.taken()).put("written", end.written());
        Integer code = end.code();
        if (code != null) {
            json.put("code", code);
        }
        return new TextMessage(json.toString());
    }

    /** @param kind {@code stopped}: the workspace is not running; {@code refused}; {@code later}: it may work soon */
    static TextMessage problem(String kind, String detail, String todo) {
        return new TextMessage(message("problem")
                .put("kind", kind)
                .put("detail", detail)
                .put("todo", todo)
                .toString());
    }

    static TextMessage beat() {
        return new TextMessage(message("beat").toString());
    }

    private static ObjectNode message(String type) {
        return Json.MAPPER.createObjectNode().put("t", type);
    }
}
