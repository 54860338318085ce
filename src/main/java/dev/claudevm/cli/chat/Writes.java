package dev.claudevm.cli.chat;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.protocol.Json;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What can be said in a conversation, as calls of the REST API. Each gets an id here, so that it can be repeated. */
final class Writes {

    private final String server;
    private final String conversation;

    Writes(String server, String conversationId) {
        this.server = server;
        this.conversation = "conversations/" + ApiClient.segment(conversationId);
    }

    Outbox.Item message(String messageId, String text) {
        return item(
                "PUT",
                conversation + "/messages/" + ApiClient.segment(messageId),
                Json.MAPPER.createObjectNode().put("text", text).put("when", "queue"),
                text);
    }

    Outbox.Item edit(String messageId, String text) {
        return item(
                "PATCH",
                conversation + "/messages/" + ApiClient.segment(messageId),
                command().put("text", text),
                text);
    }

    /** @param before null: to the end */
    Outbox.Item move(String messageId, @Nullable String before) {
        return item(
                "PATCH",
                conversation + "/messages/" + ApiClient.segment(messageId),
                command().put("before", before),
                "move");
    }

    Outbox.Item now(String messageId) {
        return item(
                "PATCH",
                conversation + "/messages/" + ApiClient.segment(messageId),
                command().put("when", "now"),
                "say now");
    }

    Outbox.Item withdraw(String messageId) {
        return item(
                "DELETE",
                conversation + "/messages/" + ApiClient.segment(messageId) + "?id=" + UUID.randomUUID(),
                null,
                "drop");
    }

    Outbox.Item decide(String approvalId, String decision, String reason) {
        ObjectNode body = command().put("decision", decision);
        if (!reason.isEmpty()) {
            body.put("message", reason);
        }
        return item("PUT", "approvals/" + ApiClient.segment(approvalId) + "/answer", body, decision);
    }

    Outbox.Item answer(String questionId, Map<String, String> answers) {
        ObjectNode body = command();
        ObjectNode chosen = body.putObject("answers");
        answers.forEach(chosen::put);
        return item(
                "PUT",
                "questions/" + ApiClient.segment(questionId) + "/answer",
                body,
                String.join("; ", answers.values()));
    }

    Outbox.Item interrupt() {
        return item("POST", conversation + "/interrupt", command(), "stop");
    }

    Outbox.Item mode(String mode) {
        return item("PUT", conversation + "/mode", command().put("mode", mode), "mode " + mode);
    }

    Outbox.Item pause() {
        return item("POST", conversation + "/queue/pause", command(), "pause");
    }

    Outbox.Item resume() {
        return item("POST", conversation + "/queue/resume", command(), "resume");
    }

    private Outbox.Item item(String method, String path, @Nullable JsonNode body, String what) {
        return new Outbox.Item(server, method, path, body, what);
    }

    private static ObjectNode command() {
        return Json.MAPPER.createObjectNode().put("id", UUID.randomUUID().toString());
    }
}
