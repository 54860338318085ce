package dev.claudevm.agents.demo;

import dev.claudevm.protocol.Json;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Lines in Claude Code's format. Used by several threads: each line is written whole. */
final class Output {

    static final String MODEL = "demo";
    static final String VERSION = "demo";

    private static final int PIECE_CHARS = 24;

    private final PrintStream out;
    private final String sessionId;

    Output(PrintStream out, String sessionId) {
        this.out = out;
        this.sessionId = sessionId;
    }

    void line(ObjectNode line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (out) {
            out.write(bytes, 0, bytes.length);
            out.flush();
        }
    }

    void lifecycle(String messageId, String state) {
        if (!messageId.isEmpty()) {
            line(typed("command_lifecycle").put("command_uuid", messageId).put("state", state));
        }
    }

    void echo(Said said) {
        ObjectNode line = typed("user");
        line.putObject("message").put("role", "user").put("content", said.text());
        line.putNull("parent_tool_use_id");
        line(line.put("uuid", said.id()).put("isReplay", true));
    }

    void init(String mode, String folder) {
        ObjectNode line = typed("system").put("subtype", "init").put("cwd", folder);
        line.put("model", MODEL).put("permissionMode", mode).put("claude_code_version", VERSION);
        line(line);
    }

    void mode(String mode) {
        line(typed("system").put("subtype", "status").putNull("status").put("permissionMode", mode));
    }

    void retry(int attempt, int max, long delayMs, int status) {
        line(typed("system")
                .put("subtype", "api_retry")
                .put("attempt", attempt)
                .put("max_retries", max)
                .put("retry_delay_ms", delayMs)
                .put("error_status", status)
                .put("error", "demo"));
    }

    void answer(String requestId, ObjectNode response) {
        ObjectNode line = typed("control_response");
        line.putObject("response")
                .put("subtype", "success")
                .put("request_id", requestId)
                .set("response", response);
        line(line);
    }

    void refuse(String requestId, String error) {
        ObjectNode line = typed("control_response");
        line.putObject("response")
                .put("subtype", "error")
                .put("request_id", requestId)
                .put("error", error);
        line(line);
    }

    /**
     * Streams a text and says it once more when it is finished.
     *
     * @param pieceMs how long a piece takes
     */
    void text(String kind, String text, long pieceMs) throws InterruptedException {
        Streamed streamed = begin(kind);
        for (int from = 0; from < text.length(); ) {
            int to = Math.min(text.length(), from + PIECE_CHARS);
            if (to < text.length() && Character.isLowSurrogate(text.charAt(to))) {
                to++;
            }
            streamed.piece(text.substring(from, to));
            from = to;
            if (pieceMs > 0) {
                Thread.sleep(pieceMs);
            }
        }
        streamed.end();
    }

    /** A message with one text block that grows. */
    Streamed begin(String kind) {
        Streamed streamed = new Streamed(kind);
        ObjectNode start = event("message_start");
        start.putObject("message")
                .put("id", streamed.messageId)
                .put("role", "assistant")
                .put("model", MODEL);
        streamed(start);
        ObjectNode block = event("content_block_start").put("index", 0);
        block.putObject("content_block").put("type", kind).put(kind, "");
        streamed(block);
        return streamed;
    }

    final class Streamed {
        private final String kind;
        private final String messageId = id("msg");
        private final StringBuilder text = new StringBuilder();

        private Streamed(String kind) {
            this.kind = kind;
        }

        void piece(String piece) {
            text.append(piece);
            ObjectNode event = event("content_block_delta").put("index", 0);
            event.putObject("delta").put("type", kind + "_delta").put(kind, piece);
            streamed(event);
        }

        void end() {
            ObjectNode block = Json.MAPPER.createObjectNode().put("type", kind).put(kind, text.toString());
            assistant(messageId, block);
            streamed(event("content_block_stop").put("index", 0));
            streamed(event("message_stop"));
        }
    }

    void toolUse(String messageId, String toolId, String name, JsonNode input) {
        ObjectNode block = Json.MAPPER.createObjectNode();
        block.put("type", "tool_use").put("id", toolId).put("name", name).set("input", input);
        assistant(messageId, block);
    }

    void toolResult(String toolId, Result result) {
        ObjectNode line = typed("user");
        ArrayNode content = line.putObject("message").put("role", "user").putArray("content");
        content.addObject()
                .put("type", "tool_result")
                .put("tool_use_id", toolId)
                .put("content", result.text())
                .put("is_error", !result.ok());
        line.putNull("parent_tool_use_id").put("uuid", UUID.randomUUID().toString());
        JsonNode structured = result.structured();
        if (structured != null) {
            line.set("tool_use_result", structured);
        }
        if (result.notRun()) {
            line.putArray("tool_result_meta").addObject().put("id", toolId).put("non_execution_kind", "user-rejected");
        }
        line(line);
    }

    void interrupted() {
        ObjectNode line = typed("user");
        line.putObject("message")
                .put("role", "user")
                .putArray("content")
                .addObject()
                .put("type", "text")
                .put("text", "[Request interrupted by user]");
        line(line.putNull("parent_tool_use_id"));
    }

    /** @param error null when all went well */
    void result(long durationMs, boolean interrupted, @Nullable String error) {
        boolean failed = interrupted || error != null;
        ObjectNode line = typed("result").put("subtype", interrupted ? "error_during_execution" : "success");
        line.put("is_error", failed).put("terminal_reason", interrupted ? "aborted_streaming" : "completed");
        line.put("duration_ms", durationMs).put("num_turns", 1).put("total_cost_usd", 0.0);
        line.put("result", error == null ? "" : error);
        line.putObject("usage").put("input_tokens", 0).put("output_tokens", 0);
        line(line);
    }

    private void assistant(String messageId, ObjectNode block) {
        ObjectNode line = typed("assistant");
        ObjectNode message = line.putObject("message").put("id", messageId);
        message.put("role", "assistant").put("model", MODEL).putArray("content").add(block);
        line(line.putNull("parent_tool_use_id").put("uuid", UUID.randomUUID().toString()));
    }

    private void streamed(ObjectNode event) {
        ObjectNode line = typed("stream_event");
        line.set("event", event);
        line(line.putNull("parent_tool_use_id"));
    }

    ObjectNode typed(String type) {
        return Json.MAPPER.createObjectNode().put("type", type).put("session_id", sessionId);
    }

    private static ObjectNode event(String type) {
        return Json.MAPPER.createObjectNode().put("type", type);
    }

    static String id(String prefix) {
        return prefix + "_" + UUID.randomUUID().toString().replace("-", "").substring(0, 24);
    }

    /**
     * A person's message.
     *
     * @param id empty when it has none
     */
    record Said(String id, String text) {}

    /**
     * What a tool did.
     *
     * @param structured as Claude Code adds it to a result
     * @param notRun it was not allowed
     */
    record Result(boolean ok, String text, @Nullable JsonNode structured, boolean notRun) {

        static Result ok(String text, @Nullable JsonNode structured) {
            return new Result(true, text, structured, false);
        }

        static Result failed(String text) {
            return new Result(false, text, null, false);
        }

        static Result denied(String why) {
            return new Result(false, why, null, true);
        }
    }

    /** Tools that are called in one message. */
    record Call(String toolId, Script.Tool tool) {

        static List<Call> of(List<Script.Tool> tools) {
            return tools.stream().map(tool -> new Call(id("toolu"), tool)).toList();
        }
    }
}
