package dev.claudevm.conversation;

import dev.claudevm.workspace.WorkspaceId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One dialogue with one agent, as far as its journal is mirrored here.
 *
 * @param title what people read; the first message's beginning until they choose one
 * @param lastSeq the newest event's number; 0: none yet
 * @param seenSeq up to where a person has looked at it
 * @param line the last thing that the agent said or did, one line
 * @param queued messages that wait in the workspace's queue
 * @param paused the queue waits for a person
 * @param turnStartedAt of the last turn
 * @param turnFinishedAt of the last turn that ended
 * @param turnFinishedSeq the event that ended it; 0: none
 * @param outcome {@code done}, {@code interrupted} or {@code failed}
 * @param failedWhat why it is in state failed, and what to do about it
 * @param usage of the last turn that ended, as in {@code turn.finished}
 * @param costUsd of all turns
 * @param commands the agent's slash commands, an array
 */
public record Conversation(
        ConversationId id,
        WorkspaceId workspaceId,
        String agent,
        @Nullable String mode,
        String title,
        boolean titleChosen,
        ConversationState state,
        long lastSeq,
        long seenSeq,
        @Nullable String line,
        int queued,
        boolean paused,
        @Nullable String turnId,
        @Nullable Instant turnStartedAt,
        @Nullable Instant turnFinishedAt,
        long turnFinishedSeq,
        @Nullable String outcome,
        @Nullable String failedWhat,
        @Nullable String failedTodo,
        @Nullable Instant failedAt,
        @Nullable JsonNode usage,
        double costUsd,
        @Nullable JsonNode commands,
        Instant createdAt,
        Instant updatedAt) {

    /** @return whether a turn runs (also while it waits for a person) */
    public boolean working() {
        return turnId != null;
    }
}
