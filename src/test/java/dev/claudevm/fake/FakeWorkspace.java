package dev.claudevm.fake;

import dev.claudevm.protocol.Bridge;
import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.CommandResult;
import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventCodec;
import dev.claudevm.protocol.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What survives a bridge: journals, and the ids that were taken. Safe for use by many threads. */
public final class FakeWorkspace {

    private final Map<String, List<String>> journals = new LinkedHashMap<>();
    private final Map<String, CommandResult> taken = new LinkedHashMap<>();
    private final List<Command> commands = new ArrayList<>();

    synchronized void open(Bridge.ConversationSpec spec) {
        journals.computeIfAbsent(spec.id(), id -> new ArrayList<>());
    }

    synchronized boolean knows(String conversation) {
        return journals.containsKey(conversation);
    }

    /** The journal of a message is its {@code message.queued}; other commands leave none here. */
    synchronized CommandResult take(String conversation, Command command) {
        CommandResult known = taken.get(conversation + " " + command.id());
        if (known != null) {
            return known;
        }
        commands.add(command);
        if (command instanceof Command.Enqueue said) {
            append(conversation, new EventBody.MessageQueued(said.id(), said.text(), said.by(), said.attachments()));
        }
        if (command instanceof Command.AnswerApproval answer) {
            append(
                    conversation,
                    new EventBody.ApprovalResolved(answer.approvalId(), answer.decision(), answer.by(), null));
        }
        taken.put(conversation + " " + command.id(), CommandResult.taken());
        return CommandResult.taken();
    }

    /** Commands that were taken, in order; a repeated id counts once. */
    public synchronized List<Command> commands() {
        return List.copyOf(commands);
    }

    /** Writes the next event of a conversation. */
    public synchronized void append(String conversation, EventBody body) {
        List<String> journal = journals.computeIfAbsent(conversation, id -> new ArrayList<>());
        journal.add(Json.MAPPER.writeValueAsString(
                EventCodec.toJson(new Event(journal.size() + 1L, Instant.parse("2026-01-02T03:04:05Z"), body))));
        notifyAll();
    }

    /** Until something was appended, or it is time for a beat. */
    synchronized void awaitNews() {
        try {
            wait(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    synchronized List<String> after(String conversation, long seq) {
        List<String> journal = journals.getOrDefault(conversation, List.of());
        return seq >= journal.size() ? List.of() : List.copyOf(journal.subList((int) seq, journal.size()));
    }
}
