package dev.claudevm.agents;

import dev.claudevm.protocol.EventBody.ApprovalOption;
import dev.claudevm.protocol.EventBody.FileDiff;
import dev.claudevm.protocol.EventBody.Outcome;
import dev.claudevm.protocol.EventBody.PlanEntry;
import dev.claudevm.protocol.EventBody.QuestionItem;
import dev.claudevm.protocol.EventBody.SlashCommand;
import dev.claudevm.protocol.EventBody.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What a line of an agent says. The bridge adds turn and conversation and makes events of it. */
public sealed interface Fact {

    /** The agent has the person's message: it runs, or will at the next chance. */
    record MessageTaken(String messageId) implements Fact {}

    /** A turn begins that no message of ours started. */
    record TurnBegan() implements Fact {}

    record TurnEnded(
            Outcome outcome,
            @Nullable Usage usage,
            @Nullable String why) implements Fact {}

    /**
     * A piece of unfinished text: shown, not journaled.
     *
     * @param kind {@code text} or {@code thinking}
     */
    record Partial(String messageId, String kind, int offset, String text) implements Fact {}

    record TextSaid(
            String messageId, String markdown, @Nullable String parentToolId) implements Fact {}

    record Thought(
            String messageId, String markdown, @Nullable String parentToolId) implements Fact {}

    record ToolStarted(
            String toolId,
            String name,
            String title,
            JsonNode input,
            @Nullable String parentToolId) implements Fact {}

    /** @param output whole; the bridge shortens it for the journal */
    record ToolFinished(
            String toolId,
            boolean ok,
            String output,
            @Nullable String summary,
            List<FileDiff> diffs) implements Fact {}

    record ApprovalAsked(
            String requestId,
            String tool,
            String title,
            JsonNode input,
            List<ApprovalOption> options,
            @Nullable String toolId)
            implements Fact {}

    record QuestionAsked(
            String requestId,
            List<QuestionItem> questions,
            @Nullable String toolId) implements Fact {}

    /** The agent took back what it asked. */
    record RequestWithdrawn(String requestId) implements Fact {}

    record PlanIs(List<PlanEntry> entries) implements Fact {}

    record ModeIs(String mode) implements Fact {}

    record Ready(@Nullable String version, @Nullable String model, List<SlashCommand> commands) implements Fact {}

    record Retrying(int attempt, int maxAttempts, long delayMs, String why) implements Fact {}

    /** The agent cannot go on by itself, for example because its key is wrong. */
    record Failed(String what, String todo) implements Fact {}

    record Noticed(String text) implements Fact {}
}
