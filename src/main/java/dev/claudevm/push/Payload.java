package dev.claudevm.push;

import dev.claudevm.protocol.Json;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.node.ObjectNode;

/** What the service worker of a browser is told ({@code pwa/src/push/worker.ts}). Encrypted on the way; small: push services take 4 kB. */
final class Payload {

    private static final int TITLE_CHARS = 120;
    private static final int BODY_CHARS = 600;

    private Payload() {}

    /** @param count how many things wait for the person, for the app's icon */
    static byte[] show(Notice notice, boolean details, int count) {
        ObjectNode json = Json.MAPPER.createObjectNode();
        json.put("show", notice.id());
        json.put("kind", notice.kind().word());
        json.put("conversation", notice.conversationId());
        if (notice.requestId() != null) {
            json.put("request", notice.requestId());
        }
        json.put("title", cut(notice.project() + ": " + notice.what(), TITLE_CHARS));
        // The conversation's title begins with what the person said: as private as the rest.
        json.put("body", details ? cut(notice.title() + "\n" + notice.details(), BODY_CHARS) : "");
        json.put("count", count);
        return bytes(json);
    }

    static byte[] close(String notice, int count) {
        return bytes(Json.MAPPER.createObjectNode().put("close", notice).put("count", count));
    }

    static byte[] test() {
        return bytes(Json.MAPPER
                .createObjectNode()
                .put("show", "test")
                .put("kind", "test")
                .put("title", "claude-vm reaches this device")
                .put("body", ""));
    }

    private static String cut(String text, int chars) {
        return text.length() <= chars ? text : text.substring(0, chars - 1) + "…";
    }

    private static byte[] bytes(ObjectNode json) {
        return Json.MAPPER.writeValueAsString(json).getBytes(StandardCharsets.UTF_8);
    }
}
