package dev.claudevm.conversation;

import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.Json;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a conversation is after one more event: a function of (conversation, event). Its state is decided at the end of a
 * batch by {@link #settled}.
 */
final class Projection {

    private Conversation c;

    Projection(Conversation conversation) {
        this.c = conversation;
    }

    /**
     * @param openRequests approvals and questions that wait for a person
     * @param queued messages that wait for their turn
     */
    Conversation settled(int openRequests, int queued) {
        ConversationState state = openRequests > 0
                ? ConversationState.NEEDS_YOU
                : c.failedWhat() != null
                        ? ConversationState.FAILED
                        : c.turnId() != null ? ConversationState.WORKING : ConversationState.IDLE;
        queued(queued);
        return with(state, c.lastSeq(), c.updatedAt());
    }

    /** An event whose fields nobody here understands. */
    void unknown(long seq, Instant at) {
        c = with(c.state(), seq, at);
    }

    void on(Event event, Instant at) {
        c = with(c.state(), event.seq(), at);
        switch (event.body()) {
            case EventBody.MessageQueued e -> {
                if (c.title().isEmpty()) {
                    title(Titles.of(e.text()));
                }
            }
            case EventBody.QueuePaused _ -> paused(true);
            case EventBody.QueueResumed _ -> paused(false);
            case EventBody.TurnStarted e -> {
                turn(Titles.cut(e.turnId(), 100), at);
                failed(null, null, null);
            }
            case EventBody.TurnFinished e -> finished(e, event.seq(), at);
            case EventBody.Text e -> {
                if (e.parentToolId() == null) {
                    line(Titles.lastLine(e.markdown()));
                }
            }
            case EventBody.ToolStarted e -> line(Titles.line(e.title().isBlank() ? e.name() : e.title()));
            case EventBody.ModeChanged e -> mode(Titles.cut(e.mode(), 60));
            case EventBody.AgentReady e -> commands(Json.MAPPER.valueToTree(e.commands()));
            case EventBody.AgentFailed e -> failed(Titles.cut(e.what(), 2000), Titles.cut(e.todo(), 2000), at);
            default -> {
                // Nothing that a list shows.
            }
        }
    }

    private void finished(EventBody.TurnFinished e, long seq, Instant at) {
        JsonNode usage = e.usage() == null ? c.usage() : Json.MAPPER.valueToTree(e.usage());
        double cost = e.usage() == null || e.usage().costUsd() == null
                ? 0
                : Math.max(0, e.usage().costUsd());
        boolean failed = e.outcome() == EventBody.Outcome.FAILED;
        c = new Conversation(
                c.id(),
                c.workspaceId(),
                c.agent(),
                c.mode(),
                c.title(),
                c.titleChosen(),
                c.state(),
                c.lastSeq(),
                c.seenSeq(),
                c.line(),
                c.queued(),
                c.paused(),
                null,
                c.turnStartedAt(),
                at,
                seq,
                e.outcome().name().toLowerCase(java.util.Locale.ROOT),
                c.failedWhat(),
                c.failedTodo(),
                c.failedAt(),
                usage,
                c.costUsd() + cost,
                c.commands(),
                c.createdAt(),
                c.updatedAt());
        if (failed && c.failedWhat() == null) {
            String why = e.why() == null ? "The turn failed." : e.why();
            failed(Titles.cut(why, 2000), "Look at the conversation; say something to go on.", at);
        }
    }

    private Conversation with(ConversationState state, long lastSeq, Instant at) {
        return new Conversation(
                c.id(),
                c.workspaceId(),
                c.agent(),
                c.mode(),
                c.title(),
                c.titleChosen(),
                state,
                lastSeq,
                c.seenSeq(),
                c.line(),
                c.queued(),
                c.paused(),
                c.turnId(),
                c.turnStartedAt(),
                c.turnFinishedAt(),
                c.turnFinishedSeq(),
                c.outcome(),
                c.failedWhat(),
                c.failedTodo(),
                c.failedAt(),
                c.usage(),
                c.costUsd(),
                c.commands(),
                c.createdAt(),
                at);
    }

    private void queued(int queued) {
        replace(c.mode(), c.title(), c.line(), queued, c.paused(), c.turnId(), c.turnStartedAt(), c.commands());
    }

    private void paused(boolean paused) {
        replace(c.mode(), c.title(), c.line(), c.queued(), paused, c.turnId(), c.turnStartedAt(), c.commands());
    }

    private void title(String title) {
        replace(c.mode(), title, c.line(), c.queued(), c.paused(), c.turnId(), c.turnStartedAt(), c.commands());
    }

    private void line(String line) {
        replace(c.mode(), c.title(), line, c.queued(), c.paused(), c.turnId(), c.turnStartedAt(), c.commands());
    }

    private void mode(String mode) {
        replace(mode, c.title(), c.line(), c.queued(), c.paused(), c.turnId(), c.turnStartedAt(), c.commands());
    }

    private void commands(JsonNode commands) {
        replace(c.mode(), c.title(), c.line(), c.queued(), c.paused(), c.turnId(), c.turnStartedAt(), commands);
    }

    private void turn(String turnId, Instant at) {
        replace(c.mode(), c.title(), c.line(), c.queued(), c.paused(), turnId, at, c.commands());
    }

    private void replace(
            @Nullable String mode,
            String title,
            @Nullable String line,
            int queued,
            boolean paused,
            @Nullable String turnId,
            @Nullable Instant turnStartedAt,
            @Nullable JsonNode commands) {
        c = new Conversation(
                c.id(),
                c.workspaceId(),
                c.agent(),
                mode,
                title,
                c.titleChosen(),
                c.state(),
                c.lastSeq(),
                c.seenSeq(),
                line,
                queued,
                paused,
                turnId,
                turnStartedAt,
                c.turnFinishedAt(),
                c.turnFinishedSeq(),
                c.outcome(),
                c.failedWhat(),
                c.failedTodo(),
                c.failedAt(),
                c.usage(),
                c.costUsd(),
                commands,
                c.createdAt(),
                c.updatedAt());
    }

    private void failed(@Nullable String what, @Nullable String todo, @Nullable Instant at) {
        c = new Conversation(
                c.id(),
                c.workspaceId(),
                c.agent(),
                c.mode(),
                c.title(),
                c.titleChosen(),
                c.state(),
                c.lastSeq(),
                c.seenSeq(),
                c.line(),
                c.queued(),
                c.paused(),
                c.turnId(),
                c.turnStartedAt(),
                c.turnFinishedAt(),
                c.turnFinishedSeq(),
                c.outcome(),
                what,
                todo,
                at,
                c.usage(),
                c.costUsd(),
                c.commands(),
                c.createdAt(),
                c.updatedAt());
    }
}
