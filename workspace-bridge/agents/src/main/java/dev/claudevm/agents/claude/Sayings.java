package dev.claudevm.agents.claude;

import dev.claudevm.agents.claude.ClaudeState.OpenRequest;
import dev.claudevm.protocol.EventBody.Attachment;
import dev.claudevm.protocol.EventBody.Decision;
import dev.claudevm.protocol.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Lines for Claude. */
final class Sayings {

    private static final String DENIED = "The person did not allow it.";

    private Sayings() {}

    /**
     * With an id, a message that comes while a turn runs is told to that turn at the next chance; the bridge sends one
     * only when that is wanted.
     */
    static ObjectNode message(String messageId, String text, List<Attachment> attachments) {
        ObjectNode line = object().put("type", "user");
        ObjectNode message = line.putObject("message").put("role", "user");
        if (attachments.isEmpty()) {
            message.put("content", text);
        } else {
            ArrayNode content = message.putArray("content");
            attachments.forEach(attachment -> content.add(block(attachment)));
            content.addObject().put("type", "text").put("text", text);
        }
        line.putNull("parent_tool_use_id");
        return line.put("session_id", "").put("uuid", messageId).put("priority", "next");
    }

    private static ObjectNode block(Attachment attachment) {
        ObjectNode block = object();
        if (attachment.mediaType().startsWith("image/")) {
            source(block.put("type", "image"), attachment);
        } else if (attachment.mediaType().equals("application/pdf")) {
            source(block.put("type", "document"), attachment);
            block.put("title", attachment.name());
        } else {
            block.put("type", "document").put("title", attachment.name());
            block.putObject("source")
                    .put("type", "text")
                    .put("media_type", "text/plain")
                    .put("data", decoded(attachment.data()));
        }
        return block;
    }

    private static void source(ObjectNode block, Attachment attachment) {
        block.putObject("source")
                .put("type", "base64")
                .put("media_type", attachment.mediaType())
                .put("data", attachment.data());
    }

    private static String decoded(String base64) {
        return new String(java.util.Base64.getMimeDecoder().decode(base64), java.nio.charset.StandardCharsets.UTF_8);
    }

    static ObjectNode request(String id, String subtype) {
        ObjectNode line = object().put("type", "control_request").put("request_id", id);
        line.putObject("request").put("subtype", subtype);
        return line;
    }

    static ObjectNode interrupt(String id) {
        ObjectNode line = request(id, "interrupt");
        line.withObject("request").put("cancel_queued", true);
        return line;
    }

    static ObjectNode mode(String id, String mode) {
        ObjectNode line = request(id, "set_permission_mode");
        line.withObject("request").put("mode", mode);
        return line;
    }

    static ObjectNode decision(String requestId, OpenRequest request, Decision decision, @Nullable String message) {
        ObjectNode answer = object();
        switch (decision) {
            case ALLOW -> allow(answer, request);
            case ALWAYS -> {
                allow(answer, request);
                ArrayNode rules = answer.putArray("updatedPermissions");
                request.suggestions().forEach(rules::add);
            }
            case DENY, WITHDRAWN ->
                answer.put("behavior", "deny")
                        .put("message", message == null || message.isBlank() ? DENIED : message)
                        .put("interrupt", false);
        }
        return response(requestId, answer);
    }

    static ObjectNode answers(String requestId, OpenRequest request, Map<String, String> answers) {
        ObjectNode answer = object().put("behavior", "allow");
        ObjectNode input = request.input() instanceof ObjectNode asked ? asked.deepCopy() : object();
        ObjectNode said = input.putObject("answers");
        answers.forEach(said::put);
        answer.set("updatedInput", input);
        return response(requestId, answer);
    }

    private static void allow(ObjectNode answer, OpenRequest request) {
        JsonNode input = request.input();
        answer.put("behavior", "allow").set("updatedInput", input.isObject() ? input : object());
    }

    private static ObjectNode response(String requestId, ObjectNode answer) {
        ObjectNode line = object().put("type", "control_response");
        line.putObject("response")
                .put("subtype", "success")
                .put("request_id", requestId)
                .set("response", answer);
        return line;
    }

    private static ObjectNode object() {
        return Json.MAPPER.createObjectNode();
    }
}
