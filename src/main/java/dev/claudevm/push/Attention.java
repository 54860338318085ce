package dev.claudevm.push;

import dev.claudevm.conversation.Agents;
import dev.claudevm.conversation.Conversation;
import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.conversation.ConversationState;
import dev.claudevm.conversation.OpenRequest;
import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import dev.claudevm.workspace.WorkspaceState;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What a person may want to be told now. Derived from what is so, not from what has happened: a restart loses nothing. */
@Component
class Attention {

    private static final int DETAIL_CHARS = 300;

    private final ConversationService conversations;
    private final WorkspaceService workspaces;
    private final Agents agents;

    Attention(ConversationService conversations, WorkspaceService workspaces, Agents agents) {
        this.conversations = conversations;
        this.workspaces = workspaces;
        this.agents = agents;
    }

    /** @return by {@link Notice#id}, oldest first */
    Map<String, Notice> now() {
        Map<WorkspaceId, Workspace> places =
                workspaces.list().stream().collect(Collectors.toMap(Workspace::id, Function.identity(), (a, _) -> a));
        Map<ConversationId, Conversation> talks = conversations.all().stream()
                .filter(talk -> places.containsKey(talk.workspaceId()))
                .collect(Collectors.toMap(Conversation::id, Function.identity(), (a, _) -> a));
        Map<String, Notice> notices = new LinkedHashMap<>();
        for (OpenRequest.Approval open : conversations.approvals()) {
            if (open.answeredBy() == null) {
                add(
                        notices,
                        places,
                        talks.get(open.conversationId()),
                        Kind.APPROVAL,
                        open.id(),
                        open.id(),
                        open.title());
            }
        }
        for (OpenRequest.Question open : conversations.questions()) {
            if (open.answeredBy() == null) {
                String text = open.questions().path(0).path("question").asString("");
                add(notices, places, talks.get(open.conversationId()), Kind.QUESTION, open.id(), open.id(), text);
            }
        }
        for (Conversation talk : talks.values()) {
            Workspace place = places.get(talk.workspaceId());
            if (place != null && place.state() == WorkspaceState.FAILED && place.reason() != null) {
                String id = talk.id().value() + "@w" + place.generation() + "-"
                        + place.updatedAt().toEpochMilli();
                add(notices, places, talk, Kind.FAILED, id, null, place.reason());
            } else if (talk.state() == ConversationState.FAILED && talk.failedWhat() != null) {
                var at = talk.failedAt() == null ? talk.updatedAt() : talk.failedAt();
                add(
                        notices,
                        places,
                        talk,
                        Kind.FAILED,
                        talk.id().value() + "@" + at.toEpochMilli(),
                        null,
                        talk.failedWhat());
            } else if (talk.state() == ConversationState.IDLE
                    && !talk.working()
                    && talk.queued() == 0
                    && talk.turnFinishedSeq() > talk.seenSeq()) {
                String line = talk.line() == null ? "" : talk.line();
                add(notices, places, talk, Kind.FINISHED, talk.id().value() + "@" + talk.turnFinishedSeq(), null, line);
            }
        }
        return notices;
    }

    private void add(
            Map<String, Notice> notices,
            Map<WorkspaceId, Workspace> places,
            @Nullable Conversation talk,
            Kind kind,
            String id,
            @Nullable String requestId,
            String details) {
        Workspace place = talk == null ? null : places.get(talk.workspaceId());
        if (talk == null || place == null) {
            return;
        }
        String agent = agents.find(talk.agent()).map(Agents.KnownAgent::label).orElse(talk.agent());
        String what = switch (kind) {
            case APPROVAL -> agent + " asks for your approval";
            case QUESTION -> agent + " asks you something";
            case FINISHED -> agent + " has finished";
            case FAILED -> agent + " cannot go on";
        };
        String known = kind.word() + ":" + id;
        notices.put(
                known,
                new Notice(
                        known,
                        kind,
                        talk.id().value(),
                        requestId,
                        place.project().name(),
                        talk.title(),
                        agent,
                        what,
                        details.length() > DETAIL_CHARS ? details.substring(0, DETAIL_CHARS) + "…" : details));
    }
}
