package dev.claudevm.protocol;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What an {@link Event} says. Names on the wire are in {@link EventCodec}. Readers ignore types that they do not know:
 * those arrive as {@link Unknown}.
 */
public sealed interface EventBody {

    // --- the queue -------------------------------------------------------------------------------------------------

    /**
     * A person's message waits for its turn.
     *
     * @param messageId made by the client
     * @param by who said it: a user's name, or {@code terminal} for the live pane
     */
    record MessageQueued(String messageId, String text, String by, List<Attachment> attachments) implements EventBody {}

    record MessageEdited(String messageId, String text, String by) implements EventBody {}

    /** @param before the waiting message that it now stands before; null: the end of the queue */
    record MessageMoved(String messageId, @Nullable String before, String by) implements EventBody {}

    record MessageWithdrawn(String messageId, String by) implements EventBody {}

    /** The message was said to the running turn ("say now"); it is no turn of its own. */
    record MessageSteered(String messageId, String turnId) implements EventBody {}

    /** The agent died before it had taken the message: it is first in the queue again. */
    record MessageReturned(String messageId, String why) implements EventBody {}

    record QueuePaused(String by, String why) implements EventBody {}

    record QueueResumed(String by) implements EventBody {}

    // --- turns -----------------------------------------------------------------------------------------------------

    /** @param messageId what started it; null when the agent began by itself, for example after a background task */
    record TurnStarted(String turnId, @Nullable String messageId) implements EventBody {}

    /** @param why what went wrong, for people; null when nothing did */
    record TurnFinished(
            String turnId,
            Outcome outcome,
            @Nullable Usage usage,
            @Nullable String why) implements EventBody {}

    /**
     * A finished text of the agent. The same {@code messageId} was on its deltas.
     *
     * @param parentToolId the tool call whose subagent said it; null for the agent itself
     */
    record Text(
            String turnId,
            String messageId,
            String markdown,
            @Nullable String parentToolId) implements EventBody {}

    record Thinking(
            String turnId,
            String messageId,
            String markdown,
            @Nullable String parentToolId) implements EventBody {}

    /**
     * @param name the tool, for example {@code Bash}
     * @param title one line for people, for example the command
     */
    record ToolStarted(
            String turnId,
            String toolId,
            String name,
            String title,
            JsonNode input,
            @Nullable String parentToolId) implements EventBody {}

    /**
     * @param output what it printed, cut in the middle when it is longer than the journal's limit
     * @param outputBytes the whole length in bytes of UTF-8, also when cut
     * @param summary the one figure that matters, for example {@code +48 −6}; null when there is none
     */
    record ToolFinished(
            String toolId,
            boolean ok,
            String output,
            long outputBytes,
            @Nullable String summary,
            List<FileDiff> diffs) implements EventBody {}

    // --- what the agent asks ---------------------------------------------------------------------------------------

    /** @param options what may be decided; {@code always} options name the rule that would be added */
    record ApprovalOpened(
            String approvalId,
            String tool,
            String title,
            JsonNode input,
            List<ApprovalOption> options,
            @Nullable String toolId)
            implements EventBody {}

    /** @param by who decided; {@code agent} when it withdrew the request or died */
    record ApprovalResolved(
            String approvalId,
            Decision decision,
            String by,
            @Nullable String message) implements EventBody {}

    record QuestionOpened(
            String questionId,
            List<QuestionItem> questions,
            @Nullable String toolId) implements EventBody {}

    /**
     * @param answers question text to chosen labels or free text; empty when withdrawn
     * @param withdrawn the agent took the question back, or died
     */
    record QuestionAnswered(String questionId, Map<String, String> answers, String by, boolean withdrawn)
            implements EventBody {}

    // --- the agent -------------------------------------------------------------------------------------------------

    record Plan(List<PlanEntry> entries) implements EventBody {}

    record ModeChanged(String mode, String by) implements EventBody {}

    /**
     * An agent's process runs. Its numbers count from 1 in a conversation.
     *
     * @param resumed it goes on with the memory of an earlier run
     */
    record AgentStarted(int run, String agent, boolean resumed) implements EventBody {}

    /** What the started agent says of itself: version, model, slash commands. May come again when it changes. */
    record AgentReady(@Nullable String version, @Nullable String model, List<SlashCommand> commands)
            implements EventBody {}

    /** @param exitCode null when nobody saw it end; 128 + n for signal n */
    record AgentExited(int run, @Nullable Integer exitCode, String what) implements EventBody {}

    record AgentRetrying(int attempt, int maxAttempts, long delayMs, String why) implements EventBody {}

    /** Nothing goes on without a person. @param todo what they can do */
    record AgentFailed(String what, String todo) implements EventBody {}

    /** A line for people that fits nowhere else, for example that the context was compacted. */
    record Notice(String text) implements EventBody {}

    // --- checkpoints -----------------------------------------------------------------------------------------------

    /**
     * The state of the project's folder was kept.
     *
     * @param checkpointId 40 hexadecimal digits; the same as an earlier one when nothing was touched since
     * @param why {@code begin} of the conversation, {@code turn}, or {@code restore}: before something is restored
     * @param turnId the turn that had ended; null when there is none
     * @param since the checkpoint that it is compared with: the state when the turn began; null: there is none
     * @param files how many files differ from {@code since}; additions and deletions are their lines
     * @param takenAt when it was begun; later changes may be in it or not
     * @param leftOut the first of the files that are not in it, because they are too large or cannot be read
     * @param leftOutTotal how many such files there are
     */
    record CheckpointTaken(
            String checkpointId,
            String why,
            @Nullable String turnId,
            @Nullable String since,
            long files,
            long additions,
            long deletions,
            Instant takenAt,
            List<PathNote> leftOut,
            int leftOutTotal)
            implements EventBody {}

    /**
     * The project, or what is at a path of it, was brought to what it was at a checkpoint.
     *
     * @param commandId the command that wanted it
     * @param path null: everything
     * @param hunk the only change of that file that was taken back; null: all of them
     * @param beforeId checkpoint of the state before: restoring that takes it back
     * @param afterId the state now; null: it could not be kept
     * @param files how many files, links and folders were changed
     * @param kept the first of what was not touched, because no checkpoint has what is there
     * @param keptTotal how many those are
     * @param stopped why it ended in the middle; null: it did not
     */
    record CheckpointRestored(
            String commandId,
            String checkpointId,
            @Nullable String path,
            @Nullable Hunk hunk,
            String beforeId,
            @Nullable String afterId,
            int files,
            List<PathNote> kept,
            int keptTotal,
            @Nullable String stopped,
            String by)
            implements EventBody {}

    /** A checkpoint could not be taken. Not said again while it is the same. @param todo what they can do */
    record CheckpointFailed(@Nullable String turnId, String what, String todo) implements EventBody {}

    record WorkspaceStarted(long generation) implements EventBody {}

    record WorkspaceStopped(String why) implements EventBody {}

    /** A type that this reader does not know. */
    record Unknown(String type, JsonNode fields) implements EventBody {}

    // --- parts -----------------------------------------------------------------------------------------------------

    /** How a turn ended. */
    enum Outcome {
        DONE,
        INTERRUPTED,
        FAILED
    }

    /** What became of an approval. */
    enum Decision {
        ALLOW,
        ALWAYS,
        DENY,
        WITHDRAWN
    }

    /**
     * An image or document of a message.
     *
     * @param data base64; at most {@link Limits#ATTACHMENT_BYTES} decoded
     */
    record Attachment(String name, String mediaType, String data) {}

    /** @param unified the lines of a unified diff without file headers */
    record FileDiff(String path, int added, int removed, String unified) {}

    /**
     * @param id {@code allow}, {@code always} or {@code deny}
     * @param label what the button says
     * @param detail for {@code always}: the rule that will be remembered
     */
    record ApprovalOption(String id, String label, @Nullable String detail) {}

    record QuestionItem(String question, String header, boolean multiSelect, List<QuestionOption> options) {}

    record QuestionOption(String label, @Nullable String description) {}

    /** @param status {@code pending}, {@code in_progress} or {@code completed} */
    record PlanEntry(String content, String status) {}

    /**
     * @param path in the project; UTF-8, bytes that are none as {@code %XX}
     * @param why for people
     */
    record PathNote(String path, String why) {}

    record SlashCommand(
            String name, String description, @Nullable String argumentHint) {}

    /**
     * What a turn used.
     *
     * @param costUsd of this turn alone; null when the agent does not say
     * @param contextTokens how full the context is after the turn; null when not known
     */
    record Usage(
            long inputTokens,
            long outputTokens,
            long cacheReadTokens,
            @Nullable Double costUsd,
            @Nullable Long contextTokens,
            @Nullable Long contextWindow,
            long durationMs) {}
}
