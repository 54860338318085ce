package dev.claudevm.testkit;

import java.util.List;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The parts of a message that are the same whether it is streamed or not. */
final class MessageBody {

    private MessageBody() {}

    /** @return a message without content */
    static ObjectNode empty(JsonNode request) {
        ObjectNode message = StandInModel.JSON.createObjectNode();
        message.put("id", id("msg")).put("type", "message").put("role", "assistant");
        message.put("model", request.path("model").asString("stand-in"));
        message.putArray("content");
        message.putNull("stop_reason").putNull("stop_sequence");
        message.putObject("usage")
                .put("input_tokens", request.toString().length() / 4)
                .put("cache_creation_input_tokens", 0)
                .put("cache_read_input_tokens", 0)
                .put("output_tokens", 1);
        return message;
    }

    static ObjectNode of(JsonNode request, List<Script.Step> steps) {
        ObjectNode message = empty(request);
        for (Script.Step step : steps) {
            switch (step) {
                case Script.Say(String text) -> text(message, text);
                case Script.Paced paced -> {
                    StringBuilder text = new StringBuilder();
                    for (int i = 1; i <= paced.tokens(); i++) {
                        text.append(token(paced, i));
                    }
                    text(message, text.toString());
                }
                case Script.Think(String text) ->
                    message.withArray("content")
                            .addObject()
                            .put("type", "thinking")
                            .put("thinking", text)
                            .put("signature", "c3RhbmQtaW4=");
                case Script.Tools(List<Script.Tool> calls) -> {
                    for (Script.Tool call : calls) {
                        message.withArray("content")
                                .addObject()
                                .put("type", "tool_use")
                                .put("id", id("toolu"))
                                .put("name", call.name())
                                .set("input", call.input());
                    }
                }
                case Script.Fail fail -> {}
                case Script.Hang hang -> {}
            }
        }
        message.put("stop_reason", stopReason(steps));
        return message;
    }

    static String stopReason(List<Script.Step> steps) {
        return steps.getLast() instanceof Script.Tools ? "tool_use" : "end_turn";
    }

    static String token(Script.Paced paced, int number) {
        return paced.stamp() ? System.currentTimeMillis() + " " : "%s%04d ".formatted(paced.prefix(), number);
    }

    static String id(String prefix) {
        return prefix + "_" + UUID.randomUUID().toString().replace("-", "").substring(0, 24);
    }

    private static void text(ObjectNode message, String text) {
        message.withArray("content").addObject().put("type", "text").put("text", text);
    }
}
