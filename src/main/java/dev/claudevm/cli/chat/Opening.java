package dev.claudevm.cli.chat;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventCodec;
import dev.claudevm.protocol.Json;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * A conversation as it is when somebody comes to it: how it stands, and the newest of its past. However long it is, this
 * is a handful of calls.
 *
 * @param state the server's snapshot
 * @param last the number of the newest event; later ones are news
 * @param past the newest events up to that one
 * @param approvals that are open
 * @param questions that are open
 */
public record Opening(
        JsonNode state,
        long last,
        List<Event> past,
        List<EventBody.ApprovalOpened> approvals,
        List<EventBody.QuestionOpened> questions) {

    /** Events of the past that are shown. */
    private static final int SHOWN = 60;

    /** @param segment the conversation's id, made safe for a path */
    public static Opening of(ApiClient api, String segment) {
        JsonNode state = api.get("conversations/" + segment);
        String id = state.path("id").asString("");
        long last = state.path("lastSeq").asLong(0);
        List<Event> past = api
                .get("conversations/" + segment + "/events?before=" + (last + 1) + "&limit=" + SHOWN)
                .path("events")
                .values()
                .stream()
                .map(EventCodec::fromJson)
                .toList();
        return new Opening(
                state,
                last,
                past,
                api.get("approvals").path("approvals").values().stream()
                        .filter(open -> open.path("conversationId").asString("").equals(id))
                        .map(Opening::approval)
                        .toList(),
                api.get("questions").path("questions").values().stream()
                        .filter(open -> open.path("conversationId").asString("").equals(id))
                        .map(Opening::question)
                        .toList());
    }

    private static EventBody.ApprovalOpened approval(JsonNode open) {
        return new EventBody.ApprovalOpened(
                open.path("id").asString(""),
                open.path("tool").asString(""),
                open.path("title").asString(""),
                open.path("input"),
                open.path("options").values().stream()
                        .map(option -> Json.MAPPER.convertValue(option, EventBody.ApprovalOption.class))
                        .toList(),
                null);
    }

    private static EventBody.QuestionOpened question(JsonNode open) {
        return new EventBody.QuestionOpened(
                open.path("id").asString(""),
                open.path("questions").values().stream()
                        .map(item -> Json.MAPPER.convertValue(item, EventBody.QuestionItem.class))
                        .toList(),
                null);
    }
}
