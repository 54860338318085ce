package dev.claudevm.live;

import dev.claudevm.access.Caller;
import dev.claudevm.conversation.Agents;
import dev.claudevm.conversation.Conversation;
import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.problem.Problem;
import dev.claudevm.protocol.Json;
import dev.claudevm.workspace.WorkspaceService;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Streams for pages and programs, and the snapshots in them for who asks once. */
@RestController
@RequestMapping("/api/v1")
class LiveApi {

    private static final int MAX_TAIL = 1_000;

    private final LiveStreams streams;
    private final Overviews overviews;
    private final ConversationService conversations;
    private final WorkspaceService workspaces;
    private final Agents agents;

    LiveApi(
            LiveStreams streams,
            Overviews overviews,
            ConversationService conversations,
            WorkspaceService workspaces,
            Agents agents) {
        this.streams = streams;
        this.overviews = overviews;
        this.conversations = conversations;
        this.workspaces = workspaces;
        this.agents = agents;
    }

    /** Everything that one page shows. The thread is virtual: it may wait. */
    @GetMapping("/live")
    void live(
            @RequestParam(required = false) @Nullable String conversation,
            @RequestParam(required = false) @Nullable Long after,
            @RequestParam(required = false) @Nullable Integer tail,
            @AuthenticationPrincipal Caller reader,
            HttpServletResponse response)
            throws InterruptedException {
        ConversationId id = conversation == null || conversation.isBlank()
                ? null
                : conversations.get(ConversationId.parse(conversation)).id();
        stream(
                new LiveStreams.Wish(id, after, tail == null ? null : Math.clamp(tail, 1, MAX_TAIL), true),
                reader,
                response);
    }

    /** One journal, from {@code after} or {@code Last-Event-ID} on. */
    @GetMapping(path = "/conversations/{id}/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    void events(
            @PathVariable String id,
            @RequestParam(required = false) @Nullable Long after,
            @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String lastEventId,
            @AuthenticationPrincipal Caller reader,
            HttpServletResponse response)
            throws InterruptedException {
        Conversation conversation = conversations.get(ConversationId.parse(id));
        long from = 0;
        if (lastEventId != null && !lastEventId.isBlank()) {
            from = number(lastEventId);
        } else if (after != null) {
            from = after;
        }
        stream(new LiveStreams.Wish(conversation.id(), from, null, false), reader, response);
    }

    private static long number(String lastEventId) {
        try {
            return Long.parseLong(lastEventId.strip());
        } catch (NumberFormatException e) {
            throw Problem.malformed(
                    "Last-Event-ID is no number.", "Send the id of the last event that was received, or leave it out.");
        }
    }

    private void stream(LiveStreams.Wish wish, Caller reader, HttpServletResponse response)
            throws InterruptedException {
        try {
            streams.write(new Sse(response), wish, reader);
        } catch (IOException gone) {
            // The reader went away; it comes back with the last number that it has.
        }
    }

    @GetMapping(path = "/overview", produces = MediaType.APPLICATION_JSON_VALUE)
    String overview() {
        return Json.MAPPER.writeValueAsString(overviews.take());
    }

    /** Open ones over all workspaces. */
    @GetMapping(path = "/approvals", produces = MediaType.APPLICATION_JSON_VALUE)
    String approvals() {
        return Json.MAPPER.writeValueAsString(
                Map.of("approvals", overviews.take().approvals()));
    }

    @GetMapping(path = "/questions", produces = MediaType.APPLICATION_JSON_VALUE)
    String questions() {
        return Json.MAPPER.writeValueAsString(
                Map.of("questions", overviews.take().questions()));
    }

    @GetMapping(path = "/conversations/{id}", produces = MediaType.APPLICATION_JSON_VALUE)
    String conversation(@PathVariable String id) {
        Conversation conversation = conversations.get(ConversationId.parse(id));
        return Json.MAPPER.writeValueAsString(Snapshot.of(
                conversation,
                workspaces.get(conversation.workspaceId()),
                agents,
                conversations.need(conversation).orElse(null),
                conversations.waiting(conversation)));
    }
}
