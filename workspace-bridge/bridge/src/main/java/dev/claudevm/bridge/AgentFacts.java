package dev.claudevm.bridge;

import dev.claudevm.agents.Fact;
import dev.claudevm.bridge.ConversationState.Open;
import dev.claudevm.bridge.ConversationState.Running;
import dev.claudevm.bridge.ConversationState.Waiting;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventBody.Outcome;
import dev.claudevm.protocol.Limits;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What an agent says becomes events: (state, fact) → commit. Pure. */
final class AgentFacts {

    private final String conversationId;

    AgentFacts(String conversationId) {
        this.conversationId = conversationId;
    }

    /** @return the events of {@code fact}; without a mark of the raw output, which the caller knows */
    Commit on(ConversationState state, Fact fact) {
        List<EventBody> events = new ArrayList<>();
        List<String> heard = new ArrayList<>();
        String turnId = turnId(state);
        switch (fact) {
            case Fact.MessageTaken f -> taken(state, f.messageId(), events, heard);
            case Fact.TurnBegan _ -> {
                if (state.running() == null) {
                    events.add(new EventBody.TurnStarted("t" + (state.turns() + 1), null));
                }
            }
            case Fact.TurnEnded f -> ended(state, f, events);
            case Fact.Partial _ -> {}
            case Fact.TextSaid f ->
                events.add(new EventBody.Text(turnId, f.messageId(), f.markdown(), f.parentToolId()));
            case Fact.Thought f ->
                events.add(new EventBody.Thinking(turnId, f.messageId(), f.markdown(), f.parentToolId()));
            case Fact.ToolStarted f ->
                events.add(new EventBody.ToolStarted(
                        turnId, f.toolId(), f.name(), f.title(), f.input(), f.parentToolId()));
            case Fact.ToolFinished f ->
                events.add(new EventBody.ToolFinished(
                        f.toolId(),
                        f.ok(),
                        shortened(f.output(), Limits.TOOL_OUTPUT_CHARS),
                        f.output().getBytes(StandardCharsets.UTF_8).length,
                        f.summary(),
                        f.diffs()));
            case Fact.ApprovalAsked f ->
                events.add(new EventBody.ApprovalOpened(
                        wireId(f.requestId()), f.tool(), f.title(), f.input(), f.options(), f.toolId()));
            case Fact.QuestionAsked f ->
                events.add(new EventBody.QuestionOpened(wireId(f.requestId()), f.questions(), f.toolId()));
            case Fact.RequestWithdrawn f -> {
                String id = wireId(f.requestId());
                Open open = state.open().get(id);
                if (open != null) {
                    events.add(ConversationCore.withdrawn(id, open));
                }
            }
            case Fact.PlanIs f -> events.add(new EventBody.Plan(f.entries()));
            case Fact.ModeIs f -> {
                if (!f.mode().equals(state.mode())) {
                    events.add(new EventBody.ModeChanged(f.mode(), ConversationCore.AGENT));
                }
            }
            case Fact.Ready f -> events.add(new EventBody.AgentReady(f.version(), f.model(), f.commands()));
            case Fact.Retrying f ->
                events.add(new EventBody.AgentRetrying(f.attempt(), f.maxAttempts(), f.delayMs(), f.why()));
            case Fact.Failed f -> events.add(new EventBody.AgentFailed(f.what(), f.todo()));
            case Fact.Noticed f -> events.add(new EventBody.Notice(f.text()));
        }
        return new Commit(List.copyOf(events), null, Map.of(), null, List.copyOf(heard));
    }

    private static void taken(ConversationState state, String messageId, List<EventBody> events, List<String> heard) {
        Running turn = state.running();
        boolean ours = turn != null
                && turn.message() != null
                && turn.message().messageId().equals(messageId);
        boolean steered = state.steered().stream().anyMatch(w -> w.messageId().equals(messageId));
        if (steered && turn == null) {
            events.add(new EventBody.TurnStarted("t" + (state.turns() + 1), messageId));
        }
        if (ours || steered) {
            heard.add(messageId);
        }
    }

    private static void ended(ConversationState state, Fact.TurnEnded fact, List<EventBody> events) {
        Running turn = state.running();
        if (turn == null) {
            return;
        }
        events.add(new EventBody.TurnFinished(turn.turnId(), fact.outcome(), fact.usage(), fact.why()));
        if (fact.outcome() == Outcome.INTERRUPTED) {
            // The interrupt also took back what the agent had not begun.
            for (Waiting message : state.steered().reversed()) {
                events.add(new EventBody.MessageReturned(message.messageId(), "The turn was interrupted before it."));
            }
        }
        boolean waiting = !state.queue().isEmpty() || !state.steered().isEmpty();
        if (fact.outcome() == Outcome.FAILED && waiting && state.pausedBy() == null) {
            // The next message would most likely fail too; a person decides.
            events.add(new EventBody.QueuePaused(
                    ConversationCore.AGENT, fact.why() == null ? "The turn failed." : fact.why()));
        }
    }

    private static String turnId(ConversationState state) {
        Running turn = state.running();
        return turn == null ? "t" + state.turns() : turn.turnId();
    }

    private String wireId(String requestId) {
        return conversationId + "." + requestId;
    }

    /** @return {@code text}, the middle left out when it is longer than {@code limit} UTF-16 code units */
    static String shortened(String text, int limit) {
        if (text.length() <= limit) {
            return text;
        }
        String gap = "\n\n… " + (text.length() - limit) + " characters left out …\n\n";
        int headEnd = (limit - gap.length()) / 2;
        int tailStart = text.length() - (limit - gap.length() - headEnd);
        if (Character.isHighSurrogate(text.charAt(headEnd - 1))) {
            headEnd--;
        }
        if (Character.isLowSurrogate(text.charAt(tailStart))) {
            tailStart++;
        }
        return text.substring(0, headEnd) + gap + text.substring(tailStart);
    }
}
