package dev.claudevm.snapshot;

import dev.claudevm.problem.Problem;
import dev.claudevm.workspace.WorkspaceId;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Service;

/** Knows which snapshots there are, and what they have of what is in a workspace. Safe for use by many threads. */
@Service
public class Snapshots {

    private static final int LISTED = 500;

    private final SnapshotRepository snapshots;

    Snapshots(SnapshotRepository snapshots) {
        this.snapshots = snapshots;
    }

    /** @return newest first, the failed ones of a day among them */
    public List<Snapshot> of(WorkspaceId id) {
        return snapshots.of(id, LISTED);
    }

    /** @return the newest that is whole */
    public Optional<Snapshot> newestDone(WorkspaceId id) {
        return snapshots.newestDone(id);
    }

    /** @return why what a stopped workspace has now may be in no snapshot; empty: it is in one, or nothing was tried yet */
    Optional<String> unkept(WorkspaceId id) {
        Snapshot newest = snapshots.newest(id).orElse(null);
        if (newest == null || Making.impossible(newest)) {
            return Optional.empty();
        }
        if (newest.state() == Snapshot.State.FAILED || newest.state() == Snapshot.State.DAMAGED) {
            return Optional.of("The last one failed: " + newest.error());
        }
        return snapshots.madeAtItsEnd(id)
                ? Optional.empty()
                : Optional.of("It did not end in good order, and its newest one is of " + newest.begunAt() + ".");
    }

    /**
     * @param force also when what is in the workspace now is in no snapshot
     * @throws Problem when there is no such snapshot, it is not whole, or what is in the workspace now is not kept
     */
    void restorable(WorkspaceId id, String snapshotId, boolean force) {
        Snapshot wanted = whole(id, snapshotId);
        if (!force && unkept(id).isPresent()) {
            throw Problem.conflict(
                            "What is in the workspace now is in no snapshot, and restoring " + wanted.begunAt()
                                    + " replaces it.",
                            "Start it and stop it: that makes one; then restore. To give up what is in it now, use --force.")
                    .with("force", true);
        }
    }

    /** @throws Problem when there is no such snapshot, or it is not whole */
    public Snapshot whole(WorkspaceId id, String snapshotId) {
        return snapshots
                .find(snapshotId)
                .filter(known -> known.workspace().equals(id) && known.state() == Snapshot.State.DONE)
                .orElseThrow(() -> Problem.unknown(
                        "Workspace \"" + id + "\" has no snapshot \"" + snapshotId + "\" that is whole.",
                        "See `claude-vm snapshot list " + id + "`."));
    }

    /**
     * @return the newest of a workspace that does not run, which has everything that is in it
     * @throws Problem when there is none
     */
    public Snapshot current(WorkspaceId id) {
        if (unkept(id).isPresent()) {
            throw Problem.conflict(
                    "What is in workspace \"" + id + "\" now is in no snapshot.",
                    "Start it, then try again; or name the snapshot that is to be used: claude-vm snapshot list " + id
                            + ".");
        }
        return newestWhole(id);
    }

    /** @throws Problem when there is none */
    public Snapshot newestWhole(WorkspaceId id) {
        return newestDone(id)
                .orElseThrow(() -> Problem.conflict(
                        "There is no snapshot of workspace \"" + id + "\".", "Start it, then try again."));
    }
}
