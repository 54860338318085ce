package dev.claudevm.bridge;

import dev.claudevm.agents.Adapter;
import dev.claudevm.agents.AgentState;
import dev.claudevm.bridge.ConversationState.Open;
import dev.claudevm.bridge.ConversationState.Running;
import dev.claudevm.bridge.ConversationState.Waiting;
import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.CommandResult;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventBody.Attachment;
import dev.claudevm.protocol.EventBody.Decision;
import dev.claudevm.protocol.EventBody.Outcome;
import dev.claudevm.protocol.Limits;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What follows from what: (state, command) → commit, (state, death of the agent) → commit, (state) → next turn. Needs no
 * clock, thread or file. What the agent says is in {@link AgentFacts}.
 *
 * <p>The queue goes on after an interrupt, unless a person has paused it. A queue that was paused because the agent
 * failed ({@code by} = {@code agent}) goes on as soon as a person says something.
 */
final class ConversationCore {

    /** Who did it, when no person did. */
    static final String AGENT = "agent";

    /** An agent that dies so often one after the other without taking a message is not started again by itself. */
    static final int MAX_DEAD_STARTS = 3;

    private final String agent;
    private final Adapter adapter;

    /** @param agent the agent's name */
    ConversationCore(String agent, Adapter adapter) {
        this.agent = agent;
        this.adapter = adapter;
    }

    /**
     * @param agentState of the running agent
     * @param answeredBy who closed a request, by its id on the wire; null: nobody knows it
     * @param attachments reads those of a waiting message
     */
    Commit on(
            ConversationState state,
            AgentState agentState,
            Command command,
            Function<String, @Nullable String> answeredBy,
            Function<Waiting, List<Attachment>> attachments) {
        return switch (command) {
            case Command.Enqueue c -> enqueue(state, c);
            case Command.Edit c -> edit(state, c);
            case Command.Move c -> move(state, c);
            case Command.Withdraw c ->
                state.waiting(c.messageId()) == null
                        ? gone(state, c, c.messageId())
                        : taken(c, new EventBody.MessageWithdrawn(c.messageId(), c.by()));
            case Command.SayNow c -> sayNow(state, c, attachments);
            case Command.AnswerApproval c -> answer(state, agentState, c, answeredBy);
            case Command.AnswerQuestion c -> answer(state, agentState, c, answeredBy);
            case Command.Interrupt c ->
                state.running() == null
                        ? refused(c, "Nothing is running.")
                        : taken(c).sending(state.run(), adapter.interrupt(c.id()));
            case Command.SetMode c -> setMode(state, c);
            case Command.Pause c ->
                state.pausedBy() != null && !AGENT.equals(state.pausedBy())
                        ? taken(c)
                        : taken(c, new EventBody.QueuePaused(c.by(), ""));
            case Command.Restore c -> refused(c, "This is restored elsewhere."); // never comes: see Restorations
            case Command.Resume c -> state.pausedBy() == null ? taken(c) : taken(c, new EventBody.QueueResumed(c.by()));
        };
    }

    private Commit enqueue(ConversationState state, Command.Enqueue c) {
        if (c.text().getBytes(StandardCharsets.UTF_8).length > Limits.MESSAGE_BYTES) {
            return refused(c, "The message is longer than 1 MB; put the text into a file of the project.");
        }
        if (state.queue().size() >= Limits.QUEUE_LENGTH) {
            return refused(c, "200 messages are waiting already; withdraw some or wait.");
        }
        if (!c.attachments().isEmpty() && !adapter.capabilities().images()) {
            return refused(c, "This agent takes no attachments; put the file into the project and name it.");
        }
        List<EventBody> events = new ArrayList<>();
        events.add(new EventBody.MessageQueued(c.id(), c.text(), c.by(), c.attachments()));
        List<String> lines = List.of();
        Running turn = state.running();
        if (c.now() && turn != null && adapter.capabilities().steering()) {
            events.add(new EventBody.MessageSteered(c.id(), turn.turnId()));
            lines = adapter.say(c.id(), c.text(), c.attachments(), true);
        } else if (c.now() && !state.queue().isEmpty()) {
            events.add(
                    new EventBody.MessageMoved(c.id(), state.queue().getFirst().messageId(), c.by()));
        }
        if (AGENT.equals(state.pausedBy()) || (c.now() && state.pausedBy() != null && turn == null)) {
            events.add(new EventBody.QueueResumed(c.by()));
        }
        return Commit.of(events).taking(c.id(), CommandResult.taken()).sending(state.run(), lines);
    }

    private static Commit edit(ConversationState state, Command.Edit c) {
        if (state.waiting(c.messageId()) == null) {
            return gone(state, c, c.messageId());
        }
        if (c.text().getBytes(StandardCharsets.UTF_8).length > Limits.MESSAGE_BYTES) {
            return refused(c, "The message is longer than 1 MB; put the text into a file of the project.");
        }
        return taken(c, new EventBody.MessageEdited(c.messageId(), c.text(), c.by()));
    }

    private static Commit move(ConversationState state, Command.Move c) {
        if (state.waiting(c.messageId()) == null) {
            return gone(state, c, c.messageId());
        }
        if (c.before() != null && state.waiting(c.before()) == null) {
            return gone(state, c, c.before());
        }
        if (c.messageId().equals(c.before())) {
            return taken(c);
        }
        return taken(c, new EventBody.MessageMoved(c.messageId(), c.before(), c.by()));
    }

    private Commit sayNow(ConversationState state, Command.SayNow c, Function<Waiting, List<Attachment>> attachments) {
        Waiting message = state.waiting(c.messageId());
        if (message == null) {
            return gone(state, c, c.messageId());
        }
        Running turn = state.running();
        if (turn != null && adapter.capabilities().steering()) {
            return taken(c, new EventBody.MessageSteered(c.messageId(), turn.turnId()))
                    .sending(
                            state.run(),
                            adapter.say(message.messageId(), message.text(), attachments.apply(message), true));
        }
        List<EventBody> events = new ArrayList<>();
        String first = state.queue().getFirst().messageId();
        if (!first.equals(c.messageId())) {
            events.add(new EventBody.MessageMoved(c.messageId(), first, c.by()));
        }
        if (state.pausedBy() != null && turn == null) {
            events.add(new EventBody.QueueResumed(c.by()));
        }
        return Commit.of(events).taking(c.id(), CommandResult.taken());
    }

    private Commit answer(
            ConversationState state,
            AgentState agentState,
            Command.AnswerApproval c,
            Function<String, @Nullable String> answeredBy) {
        Open open = state.open().get(c.approvalId());
        if (open == null || open.question()) {
            return tooLate(c, answeredBy.apply(c.approvalId()));
        }
        if (c.decision() == Decision.WITHDRAWN) {
            return refused(c, "Only the agent withdraws what it asked; decide allow, always or deny.");
        }
        return taken(c, new EventBody.ApprovalResolved(c.approvalId(), c.decision(), c.by(), c.message()))
                .sending(state.run(), adapter.answerApproval(agentState, open.requestId(), c.decision(), c.message()));
    }

    private Commit answer(
            ConversationState state,
            AgentState agentState,
            Command.AnswerQuestion c,
            Function<String, @Nullable String> answeredBy) {
        Open open = state.open().get(c.questionId());
        if (open == null || !open.question()) {
            return tooLate(c, answeredBy.apply(c.questionId()));
        }
        return taken(c, new EventBody.QuestionAnswered(c.questionId(), c.answers(), c.by(), false))
                .sending(state.run(), adapter.answerQuestion(agentState, open.requestId(), c.answers()));
    }

    private static Commit tooLate(Command c, @Nullable String by) {
        if (by == null) {
            return refused(c, "The agent has not asked that.");
        }
        return refused(
                c,
                AGENT.equals(by) ? "The agent does not need an answer any more." : "Answered by " + by + " already.");
    }

    private Commit setMode(ConversationState state, Command.SetMode c) {
        if (adapter.capabilities().modes().stream().noneMatch(m -> m.id().equals(c.mode()))) {
            return refused(
                    c,
                    "The agent has no mode " + c.mode() + "; it has "
                            + String.join(
                                    ", ",
                                    adapter.capabilities().modes().stream()
                                            .map(m -> m.id())
                                            .toList())
                            + ".");
        }
        Commit commit =
                c.mode().equals(state.mode()) ? taken(c) : taken(c, new EventBody.ModeChanged(c.mode(), c.by()));
        return state.alive() ? commit.sending(state.run(), adapter.setMode(c.id(), c.mode())) : commit;
    }

    private static Commit gone(ConversationState state, Command c, String messageId) {
        Running turn = state.running();
        boolean runs = turn != null
                && turn.message() != null
                && turn.message().messageId().equals(messageId);
        return refused(c, runs ? "The message is running already." : "The message is not waiting any more.");
    }

    private static Commit taken(Command c, EventBody... events) {
        return Commit.of(List.of(events)).taking(c.id(), CommandResult.taken());
    }

    private static Commit refused(Command c, String why) {
        return Commit.of(List.of()).taking(c.id(), CommandResult.refused(why));
    }

    /**
     * How a run ended.
     *
     * @param exitCode null when nobody saw it
     * @param what for people
     * @param lastWords the end of what it wrote to stderr; may be empty
     */
    record AgentDied(@Nullable Integer exitCode, String what, String lastWords) {}

    Commit on(ConversationState state, AgentDied died) {
        return ended(state, died, agent);
    }

    /** @param agent its name */
    static Commit ended(ConversationState state, AgentDied died, String agent) {
        List<EventBody> events = new ArrayList<>();
        events.add(new EventBody.AgentExited(state.run(), died.exitCode(), died.what()));
        state.open().forEach((id, open) -> events.add(withdrawn(id, open)));
        Running turn = state.running();
        Waiting message = turn == null ? null : turn.message();
        boolean failed = turn != null && (turn.heard() || message == null);
        // Each goes to the front of the queue, so the last one first.
        for (Waiting steered : state.steered().reversed()) {
            events.add(new EventBody.MessageReturned(steered.messageId(), died.what()));
        }
        if (message != null && !failed) {
            events.add(new EventBody.MessageReturned(message.messageId(), died.what()));
        }
        if (turn != null) {
            events.add(new EventBody.TurnFinished(
                    turn.turnId(),
                    failed ? Outcome.FAILED : Outcome.INTERRUPTED,
                    null,
                    died.what() + (failed ? " Say something to go on where it was." : "")));
        }
        boolean hopeless = !failed && state.after(Commit.of(events)).deadStarts() >= MAX_DEAD_STARTS;
        if (hopeless) {
            events.add(new EventBody.AgentFailed(
                    "The agent " + agent + " ended " + MAX_DEAD_STARTS + " times without taking the message. "
                            + died.what()
                            + (died.lastWords().isEmpty() ? "" : "\n" + died.lastWords()),
                    "Check the agent's command and key in Settings, then resume the queue or say something."));
        }
        if (hopeless || (failed && state.pausedBy() == null)) {
            events.add(new EventBody.QueuePaused(AGENT, died.what()));
        }
        return Commit.of(events);
    }

    static EventBody withdrawn(String wireId, Open open) {
        return open.question()
                ? new EventBody.QuestionAnswered(wireId, Map.of(), AGENT, true)
                : new EventBody.ApprovalResolved(wireId, Decision.WITHDRAWN, AGENT, null);
    }

    /**
     * What comes next when nothing else happens: the start of an agent, or of the first waiting message's turn.
     *
     * @return null when there is nothing to do
     */
    @Nullable
    Commit next(ConversationState state, Function<Waiting, List<Attachment>> attachments) {
        if (state.pausedBy() != null
                || state.running() != null
                || !state.steered().isEmpty()
                || state.queue().isEmpty()) {
            return null;
        }
        if (!state.alive()) {
            boolean resumed = state.remembers() && adapter.capabilities().resume();
            return Commit.of(List.of(new EventBody.AgentStarted(state.run() + 1, agent, resumed)))
                    .sending(state.run() + 1, adapter.greeting());
        }
        Waiting message = state.queue().getFirst();
        return Commit.of(List.of(new EventBody.TurnStarted("t" + (state.turns() + 1), message.messageId())))
                .sending(
                        state.run(),
                        adapter.say(message.messageId(), message.text(), attachments.apply(message), false));
    }
}
