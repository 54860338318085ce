package dev.claudevm.bridge;

import dev.claudevm.bridge.Commit.Send;
import dev.claudevm.bridge.ConversationState.Waiting;
import dev.claudevm.protocol.CommandResult;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventBody.Attachment;
import dev.claudevm.protocol.EventCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A conversation's journal with what must be found in it quickly. Used by the conversation's thread. */
final class ConversationJournal {

    private final Journal journal;
    private final Map<String, CommandResult> took;
    private final Map<String, String> answeredBy;
    private final CheckpointLog checkpoints;
    private final ConversationState opened;
    private long runOffset;

    private ConversationJournal(
            Journal journal,
            Map<String, CommandResult> took,
            Map<String, String> answeredBy,
            CheckpointLog checkpoints,
            ConversationState opened,
            long runOffset) {
        this.journal = journal;
        this.took = took;
        this.answeredBy = answeredBy;
        this.checkpoints = checkpoints;
        this.opened = opened;
        this.runOffset = runOffset;
    }

    /** @param empty the state before the first commit */
    static ConversationJournal open(Path file, Clock clock, ConversationState empty) throws IOException {
        Map<String, CommandResult> took = new HashMap<>();
        Map<String, String> answeredBy = new HashMap<>();
        CheckpointLog checkpoints = new CheckpointLog();
        ConversationState[] state = {empty};
        long[] runOffset = {0};
        Journal journal = Journal.open(file, clock, (offset, json) -> {
            Commit commit = Commit.fromJson(json, ConversationState.TYPES::contains);
            state[0] = state[0].after(commit);
            note(commit, took, answeredBy, checkpoints);
            if (startsRun(commit)) {
                runOffset[0] = offset;
            }
        });
        return new ConversationJournal(journal, took, answeredBy, checkpoints, state[0], runOffset[0]);
    }

    private static void note(
            Commit commit, Map<String, CommandResult> took, Map<String, String> answeredBy, CheckpointLog checkpoints) {
        took.putAll(commit.took());
        for (EventBody event : commit.events()) {
            checkpoints.on(event);
            switch (event) {
                case EventBody.ApprovalResolved a -> answeredBy.put(a.approvalId(), a.by());
                case EventBody.QuestionAnswered q -> answeredBy.put(q.questionId(), q.by());
                default -> {}
            }
        }
    }

    private static boolean startsRun(Commit commit) {
        return commit.events().stream().anyMatch(e -> e instanceof EventBody.AgentStarted);
    }

    /** @return the state after everything that was in the file */
    ConversationState opened() {
        return opened;
    }

    /** @return any thread may read it */
    CheckpointLog checkpoints() {
        return checkpoints;
    }

    /** @return for readers: any thread may read it */
    Journal events() {
        return journal;
    }

    String append(Commit commit) throws IOException {
        long offset = journal.bytes();
        String line = journal.append(commit);
        note(commit, took, answeredBy, checkpoints);
        if (startsRun(commit)) {
            runOffset = offset;
        }
        return line;
    }

    /** @return the answer that a command got; null: it is new */
    @Nullable
    CommandResult took(String commandId) {
        return took.get(commandId);
    }

    /** @return who closed an approval or question; null: nobody has */
    @Nullable
    String answeredBy(String wireId) {
        return answeredBy.get(wireId);
    }

    /** @return of a message that waits */
    List<Attachment> attachments(Waiting message) {
        List<Attachment> found = new ArrayList<>();
        try {
            journal.read(message.seq() - 1, message.seq(), 1, json -> {
                if (EventCodec.fromJson(json).body() instanceof EventBody.MessageQueued queued) {
                    found.addAll(queued.attachments());
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    List<EventBody> lastEvents(int count) throws IOException {
        List<EventBody> events = new ArrayList<>();
        long last = journal.lastSeq();
        journal.read(
                Math.max(0, last - count),
                last,
                count,
                json -> events.add(EventCodec.fromJson(json).body()));
        return events;
    }

    static byte[] bytes(Send send) {
        return (String.join("\n", send.lines()) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Gives what the newest run must have been told from byte {@code said} on. */
    void missing(ConversationState state, long said, Consumer<byte[]> sink) throws IOException {
        if (said >= state.inBytes()) {
            return;
        }
        long[] at = {0};
        journal.commitsFrom(runOffset, (_, json) -> {
            Send send = Commit.fromJson(json, _ -> false).send();
            if (send == null || send.run() != state.run()) {
                return;
            }
            byte[] bytes = bytes(send);
            long from = Math.max(0, said - at[0]);
            if (from < bytes.length) {
                sink.accept(Arrays.copyOfRange(bytes, (int) from, bytes.length));
            }
            at[0] += bytes.length;
        });
    }
}
