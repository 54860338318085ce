package dev.claudevm.bridge;

import dev.claudevm.bridge.Commit.RawMark;
import dev.claudevm.protocol.EventBody;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a conversation is after its commits: a fold, nothing else. Never changed once made; {@link #after} gives the next.
 */
final class ConversationState {

    /** Types that {@link #after} and the journal's own lists look at; a reader of the journal need not decode others. */
    static final Set<String> TYPES = Set.of(
            "message.queued",
            "message.edited",
            "message.moved",
            "message.withdrawn",
            "message.steered",
            "message.returned",
            "queue.paused",
            "queue.resumed",
            "turn.started",
            "turn.finished",
            "approval.opened",
            "approval.resolved",
            "question.opened",
            "question.answered",
            "mode.changed",
            "agent.started",
            "agent.exited",
            "checkpoint.taken",
            "checkpoint.restored",
            "workspace.started");

    /**
     * A person's message that the agent has not been told yet, or may have to be told again.
     *
     * @param seq of its {@code message.queued}: there its attachments are
     */
    record Waiting(String messageId, String text, String by, int attachments, long seq) {}

    /** @param message what started it; null when the agent began by itself. @param heard the agent has the message */
    record Running(String turnId, @Nullable Waiting message, boolean heard) {}

    /** @param question a question, else an approval */
    record Open(String requestId, boolean question) {}

    private long lastSeq;
    private long generation;
    private List<Waiting> queue = List.of();
    private @Nullable Running running;
    private List<Waiting> steered = List.of();
    private Map<String, Open> open = Map.of();
    private @Nullable String mode;
    private @Nullable String pausedBy;
    private int run;
    private boolean alive;
    private int sessionRun;
    private boolean remembers;
    private boolean heardInRun;
    private int deadStarts;
    private long inBytes;
    private RawMark raw = new RawMark(0, 0);
    private int turns;
    private @Nullable String launchMode;
    private boolean resumed;

    private ConversationState() {}

    /** @param mode the mode that was asked for; null: the agent's default */
    static ConversationState begin(long generation, @Nullable String mode) {
        ConversationState state = new ConversationState();
        state.generation = generation;
        state.mode = mode;
        return state;
    }

    private ConversationState copy() {
        ConversationState s = new ConversationState();
        s.lastSeq = lastSeq;
        s.generation = generation;
        s.queue = queue;
        s.running = running;
        s.steered = steered;
        s.open = open;
        s.mode = mode;
        s.pausedBy = pausedBy;
        s.run = run;
        s.alive = alive;
        s.sessionRun = sessionRun;
        s.remembers = remembers;
        s.heardInRun = heardInRun;
        s.deadStarts = deadStarts;
        s.inBytes = inBytes;
        s.raw = raw;
        s.turns = turns;
        s.launchMode = launchMode;
        s.resumed = resumed;
        return s;
    }

    /** @return the state when {@code commit} has been written */
    ConversationState after(Commit commit) {
        ConversationState next = copy();
        for (EventBody event : commit.events()) {
            next.on(event);
        }
        for (String messageId : commit.heard()) {
            next.heard(messageId);
        }
        if (commit.raw() != null) {
            next.raw = commit.raw();
        }
        if (commit.send() != null) {
            for (String line : commit.send().lines()) {
                next.inBytes += line.getBytes(StandardCharsets.UTF_8).length + 1;
            }
        }
        return next;
    }

    private void on(EventBody event) {
        lastSeq++;
        switch (event) {
            case EventBody.MessageQueued m ->
                queue = with(
                        queue,
                        queue.size(),
                        new Waiting(
                                m.messageId(),
                                m.text(),
                                m.by(),
                                m.attachments() == null ? 0 : m.attachments().size(),
                                lastSeq));
            case EventBody.MessageEdited m ->
                queue = queue.stream()
                        .map(w -> w.messageId().equals(m.messageId())
                                ? new Waiting(w.messageId(), m.text(), w.by(), w.attachments(), w.seq())
                                : w)
                        .toList();
            case EventBody.MessageMoved m -> move(m.messageId(), m.before());
            case EventBody.MessageWithdrawn m -> queue = without(queue, m.messageId());
            case EventBody.MessageSteered m -> {
                Waiting message = waiting(m.messageId());
                if (message != null) {
                    queue = without(queue, m.messageId());
                    steered = with(steered, steered.size(), message);
                }
            }
            case EventBody.MessageReturned m -> returned(m.messageId());
            case EventBody.QueuePaused p -> pausedBy = p.by();
            case EventBody.QueueResumed _ -> {
                pausedBy = null;
                deadStarts = 0;
            }
            case EventBody.TurnStarted t -> turnStarted(t);
            case EventBody.TurnFinished _ -> running = null;
            case EventBody.ApprovalOpened a -> opened(a.approvalId(), false);
            case EventBody.ApprovalResolved a -> closed(a.approvalId());
            case EventBody.QuestionOpened q -> opened(q.questionId(), true);
            case EventBody.QuestionAnswered q -> closed(q.questionId());
            case EventBody.ModeChanged m -> mode = m.mode();
            case EventBody.AgentStarted a -> {
                run = a.run();
                alive = true;
                heardInRun = false;
                launchMode = mode;
                resumed = a.resumed();
                inBytes = 0;
                raw = new RawMark(a.run(), 0);
                if (!a.resumed()) {
                    sessionRun = a.run();
                    remembers = false;
                }
            }
            case EventBody.AgentExited _ -> {
                alive = false;
                deadStarts = heardInRun ? 0 : deadStarts + 1;
            }
            case EventBody.WorkspaceStarted w -> generation = w.generation();
            default -> {}
        }
    }

    private void turnStarted(EventBody.TurnStarted turn) {
        turns++;
        String id = turn.messageId();
        Waiting message = null;
        boolean heard = true;
        if (id != null) {
            message = waiting(id);
            heard = false;
            if (message == null) { // the agent took a steered message after the end of its turn
                message = find(steered, id);
                steered = without(steered, id);
                heard = true;
            }
            queue = without(queue, id);
        }
        running = new Running(turn.turnId(), message, heard);
    }

    private void heard(String messageId) {
        heardInRun = true;
        remembers = true;
        deadStarts = 0;
        steered = without(steered, messageId);
        Running turn = running;
        if (turn != null && turn.message() != null && turn.message().messageId().equals(messageId)) {
            running = new Running(turn.turnId(), turn.message(), true);
        }
    }

    private void returned(String messageId) {
        Waiting message = find(steered, messageId);
        steered = without(steered, messageId);
        Running turn = running;
        if (message == null && turn != null) {
            message = turn.message();
            running = null;
        }
        if (message != null && message.messageId().equals(messageId)) {
            queue = with(queue, 0, message);
        }
    }

    private void move(String messageId, @Nullable String before) {
        Waiting message = waiting(messageId);
        if (message == null) {
            return;
        }
        List<Waiting> rest = without(queue, messageId);
        int at = rest.size();
        for (int i = 0; i < rest.size(); i++) {
            if (rest.get(i).messageId().equals(before)) {
                at = i;
            }
        }
        queue = with(rest, at, message);
    }

    private void opened(String wireId, boolean question) {
        Map<String, Open> map = new LinkedHashMap<>(open);
        map.put(wireId, new Open(requestId(wireId), question));
        open = map;
    }

    private void closed(String wireId) {
        Map<String, Open> map = new LinkedHashMap<>(open);
        map.remove(wireId);
        open = map;
    }

    /** {@code <conversation id>.<request id>}: conversation ids have no dot. */
    private static String requestId(String wireId) {
        return wireId.substring(wireId.indexOf('.') + 1);
    }

    private static List<Waiting> with(List<Waiting> list, int at, Waiting message) {
        List<Waiting> result = new ArrayList<>(list);
        result.add(at, message);
        return result;
    }

    private static List<Waiting> without(List<Waiting> list, String messageId) {
        return list.stream().filter(w -> !w.messageId().equals(messageId)).toList();
    }

    private static @Nullable Waiting find(List<Waiting> list, String messageId) {
        return list.stream()
                .filter(w -> w.messageId().equals(messageId))
                .findFirst()
                .orElse(null);
    }

    @Nullable
    Waiting waiting(String messageId) {
        return find(queue, messageId);
    }

    long lastSeq() {
        return lastSeq;
    }

    /** @return the workspace's start that the journal knows of */
    long generation() {
        return generation;
    }

    /** @return waiting messages, the next one first */
    List<Waiting> queue() {
        return queue;
    }

    @Nullable
    Running running() {
        return running;
    }

    /** @return messages that were said to a running turn and that the agent has not echoed yet */
    List<Waiting> steered() {
        return steered;
    }

    /** @return open approvals and questions by their id on the wire, oldest first */
    Map<String, Open> open() {
        return open;
    }

    @Nullable
    String mode() {
        return mode;
    }

    /** @return who paused the queue ({@code agent}: it failed); null: it is not paused */
    @Nullable
    String pausedBy() {
        return pausedBy;
    }

    /** @return the newest run's number; 0: there was none */
    int run() {
        return run;
    }

    /** @return the newest run has not ended, as far as the journal knows */
    boolean alive() {
        return alive;
    }

    /** @return the run that began the agent's session; the session's id is made of it */
    int sessionRun() {
        return sessionRun;
    }

    /** @return the mode that the newest run was started with */
    @Nullable
    String launchMode() {
        return launchMode;
    }

    /** @return the newest run was started to go on with the session */
    boolean resumed() {
        return resumed;
    }

    /** @return the session has taken a message, so that there is something to resume */
    boolean remembers() {
        return remembers;
    }

    /** @return how many runs ended one after the other without having taken a message */
    int deadStarts() {
        return deadStarts;
    }

    /** @return how long the newest run's {@code in.ndjson} must be */
    long inBytes() {
        return inBytes;
    }

    RawMark raw() {
        return raw;
    }

    /** @return how many turns there were */
    int turns() {
        return turns;
    }
}
