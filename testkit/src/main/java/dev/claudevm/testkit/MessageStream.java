package dev.claudevm.testkit;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A message as server-sent events, each flushed at once (Anthropic API reference, "Streaming messages"). */
final class MessageStream {

    private static final int PIECE_CHARS = 24;

    private final HttpExchange exchange;
    private final Gate gate;
    private int index;
    private int outputTokens;

    MessageStream(HttpExchange exchange, Gate gate) {
        this.exchange = exchange;
        this.gate = gate;
    }

    void write(JsonNode request, List<Script.Step> steps) throws IOException, InterruptedException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream; charset=utf-8");
        exchange.getResponseHeaders().set("Cache-Control", "no-cache");
        exchange.sendResponseHeaders(200, 0);
        ObjectNode start = event("message_start");
        start.set("message", MessageBody.empty(request));
        send(start);
        send(event("ping"));
        for (Script.Step step : steps) {
            switch (step) {
                case Script.Say(String text) -> text(text);
                case Script.Think(String text) -> thinking(text);
                case Script.Paced paced -> paced(paced);
                case Script.Tools(List<Script.Tool> calls) -> {
                    for (Script.Tool call : calls) {
                        tool(call);
                    }
                }
                case Script.Fail fail -> {}
                case Script.Hang hang -> {}
            }
        }
        ObjectNode end = event("message_delta");
        end.putObject("delta").put("stop_reason", MessageBody.stopReason(steps)).putNull("stop_sequence");
        end.putObject("usage").put("output_tokens", Math.max(1, outputTokens));
        send(end);
        send(event("message_stop"));
    }

    private void text(String text) throws IOException, InterruptedException {
        begin(StandInModel.JSON.createObjectNode().put("type", "text").put("text", ""));
        for (String piece : pieces(text)) {
            delta("text_delta", "text", piece);
        }
        end();
    }

    private void paced(Script.Paced paced) throws IOException, InterruptedException {
        begin(StandInModel.JSON.createObjectNode().put("type", "text").put("text", ""));
        long next = System.nanoTime();
        for (int i = 1; i <= paced.tokens(); i++) {
            delta("text_delta", "text", MessageBody.token(paced, i));
            next += paced.everyMs() * 1_000_000L;
            for (long left = next - System.nanoTime(); left > 0; left = next - System.nanoTime()) {
                LockSupport.parkNanos(left);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        }
        end();
    }

    private void thinking(String text) throws IOException, InterruptedException {
        begin(StandInModel.JSON
                .createObjectNode()
                .put("type", "thinking")
                .put("thinking", "")
                .put("signature", ""));
        for (String piece : pieces(text)) {
            delta("thinking_delta", "thinking", piece);
        }
        delta("signature_delta", "signature", "c3RhbmQtaW4=");
        end();
    }

    private void tool(Script.Tool call) throws IOException, InterruptedException {
        ObjectNode block = StandInModel.JSON
                .createObjectNode()
                .put("type", "tool_use")
                .put("id", MessageBody.id("toolu"))
                .put("name", call.name());
        block.putObject("input");
        begin(block);
        for (String piece : pieces(call.input().toString())) {
            delta("input_json_delta", "partial_json", piece);
        }
        end();
    }

    private void begin(ObjectNode block) throws IOException, InterruptedException {
        ObjectNode event = event("content_block_start").put("index", index);
        event.set("content_block", block);
        send(event);
    }

    private void delta(String type, String field, String piece) throws IOException, InterruptedException {
        outputTokens++;
        ObjectNode event = event("content_block_delta").put("index", index);
        event.putObject("delta").put("type", type).put(field, piece);
        send(event);
    }

    private void end() throws IOException, InterruptedException {
        send(event("content_block_stop").put("index", index));
        index++;
    }

    private static ObjectNode event(String type) {
        return StandInModel.JSON.createObjectNode().put("type", type);
    }

    private void send(ObjectNode event) throws IOException, InterruptedException {
        gate.await();
        OutputStream out = exchange.getResponseBody();
        out.write(("event: " + event.path("type").asString() + "\ndata: " + event + "\n\n")
                .getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** Cuts between code points, so that each piece is a valid text. */
    private static List<String> pieces(String text) {
        List<String> pieces = new java.util.ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int to = Math.min(text.length(), from + PIECE_CHARS);
            if (to < text.length() && Character.isLowSurrogate(text.charAt(to))) {
                to++;
            }
            pieces.add(text.substring(from, to));
            from = to;
        }
        return pieces;
    }
}
