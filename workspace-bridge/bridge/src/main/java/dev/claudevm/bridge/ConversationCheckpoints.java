package dev.claudevm.bridge;

import dev.claudevm.bridge.checkpoint.Changes;
import dev.claudevm.bridge.checkpoint.Checkpoint;
import dev.claudevm.bridge.checkpoint.Checkpoints;
import dev.claudevm.bridge.checkpoint.Checkpoints.Restored;
import dev.claudevm.bridge.checkpoint.Checkpoints.UnknownCheckpoint;
import dev.claudevm.bridge.checkpoint.HunkDoesNotApply;
import dev.claudevm.bridge.checkpoint.LeftOut;
import dev.claudevm.bridge.tree.TreePath;
import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.CommandResult;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventBody.PathNote;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Asks for a checkpoint when a conversation begins and after each of its turns, and restores. Its methods are the
 * conversation's thread's and never wait; what comes of them is written down through {@code journal}.
 */
final class ConversationCheckpoints {

    private static final int MAX_NAMED = 20;
    private static final long JOURNAL_PATIENCE_SECONDS = 30;

    private final Checkpoints checkpoints;
    private final TurnGate gate;
    private final CheckpointLog log;
    private final Function<Commit, CompletableFuture<Void>> journal;
    private final Map<String, CompletableFuture<@Nullable String>> bases = new HashMap<>();
    private final Map<String, CompletableFuture<CommandResult>> restoring = new ConcurrentHashMap<>();
    private volatile String lastFailure = "";

    /** @param journal writes a commit in the conversation's thread, soon */
    ConversationCheckpoints(
            Checkpoints checkpoints,
            TurnGate gate,
            CheckpointLog log,
            Function<Commit, CompletableFuture<Void>> journal) {
        this.checkpoints = checkpoints;
        this.gate = gate;
        this.log = log;
        this.journal = journal;
    }

    CheckpointLog log() {
        return log;
    }

    /** Takes what is missing: the first one, or that of a turn after whose end the bridge was killed. */
    void begin() {
        String owed = log.owed();
        if (owed != null) {
            take("turn", owed, CompletableFuture.completedFuture(log.newest()));
        } else if (log.newest() == null) {
            take("begin", null, CompletableFuture.completedFuture(null));
        }
    }

    /** @param events that were written down just now */
    void on(List<EventBody> events) {
        for (EventBody event : events) {
            switch (event) {
                case EventBody.TurnStarted t -> {
                    bases.clear(); // one turn at a time; one whose message was returned has no end
                    bases.put(t.turnId(), checkpoints.latest());
                }
                case EventBody.TurnFinished t -> {
                    var base = bases.remove(t.turnId());
                    take("turn", t.turnId(), base == null ? CompletableFuture.completedFuture(log.newest()) : base);
                }
                default -> {}
            }
        }
    }

    private record Compared(Checkpoint checkpoint, @Nullable String since, Changes changes) {}

    private void take(String why, @Nullable String turnId, CompletableFuture<@Nullable String> since) {
        var unused = checkpoints
                .take()
                .thenCompose(c -> since.thenCompose(
                        from -> checkpoints.figures(from, c.id()).thenApply(f -> new Compared(c, from, f))))
                .handle((c, error) -> error == null
                        ? taken(c.checkpoint(), why, turnId, c.since(), c.changes())
                        : failed(turnId, error))
                .thenCompose(event -> event == null
                        ? CompletableFuture.completedFuture(null)
                        : journal.apply(Commit.of(List.of(event))))
                .exceptionally(error -> {
                    System.getLogger(ConversationCheckpoints.class.getName())
                            .log(System.Logger.Level.WARNING, "A checkpoint was not written down", error);
                    return null;
                });
    }

    private EventBody taken(
            Checkpoint c, String why, @Nullable String turnId, @Nullable String since, @Nullable Changes changes) {
        lastFailure = "";
        List<LeftOut> unexpected =
                c.leftOut().stream().filter(l -> !l.expected()).toList();
        return new EventBody.CheckpointTaken(
                c.id(),
                why,
                turnId,
                since,
                changes == null ? 0 : changes.total(),
                changes == null ? 0 : changes.additions(),
                changes == null ? 0 : changes.deletions(),
                c.takenAt(),
                unexpected.stream()
                        .limit(MAX_NAMED)
                        .map(l -> new PathNote(l.path().toString(), l.why()))
                        .toList(),
                unexpected.size());
    }

    private @Nullable EventBody failed(@Nullable String turnId, Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        String what = "No checkpoint could be taken: " + cause.getMessage();
        if (what.equals(lastFailure)) {
            return null;
        }
        lastFailure = what;
        return new EventBody.CheckpointFailed(
                turnId, what, "Remove the cause; the next turn's end is a checkpoint again.");
    }

    /** @return the answer, when everything is restored and written down; the same for a repetition of the command */
    CompletableFuture<CommandResult> restore(Command.Restore c) {
        CompletableFuture<CommandResult> running = restoring.get(c.id());
        if (running != null) {
            return running;
        }
        TreePath path;
        try {
            path = c.path() == null ? TreePath.ROOT : TreePath.parse(c.path());
        } catch (IllegalArgumentException e) {
            return written(c, Commit.of(List.of()), CommandResult.refused(String.valueOf(e.getMessage())));
        }
        if (c.hunk() != null && path.isRoot()) {
            return written(
                    c, Commit.of(List.of()), CommandResult.refused("A change is of one file: its path is missing."));
        }
        boolean whole = c.path() == null;
        if (whole && !gate.close()) {
            return written(
                    c,
                    Commit.of(List.of()),
                    CommandResult.refused(
                            "A turn runs in this workspace, or something is being restored; stop it or wait."));
        }
        CompletableFuture<CommandResult> answer = (c.hunk() == null
                        ? checkpoints.restore(c.checkpointId(), path, this::writeBefore)
                        : checkpoints.restoreHunk(c.checkpointId(), path, c.hunk(), this::writeBefore))
                .handle((restored, error) -> error == null ? restored(c, restored) : refused(c, error))
                .thenCompose(f -> f)
                .whenComplete((_, _) -> {
                    if (whole) {
                        gate.open();
                    }
                    restoring.remove(c.id());
                });
        if (!answer.isDone()) {
            restoring.put(c.id(), answer);
            if (answer.isDone()) {
                restoring.remove(c.id());
            }
        }
        return answer;
    }

    private void writeBefore(Checkpoint present) throws IOException {
        try {
            journal.apply(Commit.of(List.of(taken(present, "restore", null, null, null))))
                    .get(JOURNAL_PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while writing the journal", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("The state before could not be written down: " + e.getMessage(), e);
        }
    }

    private CompletableFuture<CommandResult> restored(Command.Restore c, Restored r) {
        EventBody event = new EventBody.CheckpointRestored(
                c.id(),
                c.checkpointId(),
                c.path(),
                c.hunk(),
                r.before().id(),
                r.after() == null ? null : r.after().id(),
                r.files(),
                r.kept().stream()
                        .limit(MAX_NAMED)
                        .map(k -> new PathNote(k.path().toString(), k.why()))
                        .toList(),
                r.kept().size(),
                r.stopped(),
                c.by());
        CommandResult result = r.stopped() == null
                ? CommandResult.taken()
                : CommandResult.refused("It ended in the middle: " + r.stopped()
                        + " What was there before is checkpoint " + r.before().id() + "; make room and restore again.");
        return written(c, Commit.of(List.of(event)), result);
    }

    private CompletableFuture<CommandResult> refused(Command.Restore c, Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        return cause instanceof UnknownCheckpoint || cause instanceof HunkDoesNotApply
                ? written(c, Commit.of(List.of()), CommandResult.refused(String.valueOf(cause.getMessage())))
                : CompletableFuture.failedFuture(cause);
    }

    private CompletableFuture<CommandResult> written(Command.Restore c, Commit commit, CommandResult result) {
        return journal.apply(commit.taking(c.id(), result)).thenApply(_ -> result);
    }
}
