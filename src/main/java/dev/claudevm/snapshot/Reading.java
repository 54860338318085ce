package dev.claudevm.snapshot;

import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.protocol.Snapshots.Line;
import dev.claudevm.secret.Secrets;
import dev.claudevm.store.StoreException;
import dev.claudevm.workspace.WorkspaceId;
import java.io.IOException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Has a bridge bring back what is in a repository; one that has lost something is repaired. Blocks. */
@Component
class Reading {

    private static final Logger log = LoggerFactory.getLogger(Reading.class);

    private final SnapshotRepository snapshots;
    private final Lanes lanes;
    private final Grants grants;
    private final RepositoryTalk talk;
    private final Repair repair;

    Reading(SnapshotRepository snapshots, Lanes lanes, Grants grants, RepositoryTalk talk, Repair repair) {
        this.snapshots = snapshots;
        this.lanes = lanes;
        this.grants = grants;
        this.talk = talk;
        this.repair = repair;
    }

    /**
     * Reads the repository; no snapshot is made meanwhile.
     *
     * @param id whose it is
     * @param visitor the workspace that reads it
     * @param question of the grant, what is asked of the bridge
     * @param progress hears of it, and can look at what is met meanwhile
     * @return how it ended
     */
    Line read(
            WorkspaceId id,
            WorkspaceId visitor,
            Function<Grant, Object> question,
            BridgeClient bridge,
            Function<Seen, SnapshotTalk.Listener> progress)
            throws SnapshotTalk.Failed, StoreException {
        try (Lanes.Turn _ = lanes.enter(id)) {
            Grant grant = grants.toRead(id.value(), visitor.value());
            SnapshotTalk.Failed failed;
            try {
                return talk.ask(
                        grant, bridge, "/v1/snapshots/restore", question.apply(grant), progress.apply(grant.seen()));
            } catch (SnapshotTalk.Failed e) {
                failed = e;
            } finally {
                // Before anything is repaired: a restic that was given up goes on asking until its bridge notices.
                grants.close(grant);
            }
            throw behind(id, grant.seen(), failed);
        }
    }

    private SnapshotTalk.Failed behind(WorkspaceId id, Seen seen, SnapshotTalk.Failed failed) {
        String lost = seen.lost().orElse(null);
        if (lost != null) {
            snapshots.damaged(id, RepositoryTalk.LOST + lost + ".");
            repaired(id);
            return new SnapshotTalk.Failed(
                    RepositoryTalk.LOST + lost + ".", "Take an older one: claude-vm snapshot list " + id + ".", false);
        }
        return seen.trouble()
                .map(trouble ->
                        new SnapshotTalk.Failed(String.valueOf(trouble.getMessage()), trouble.todo(), failed.unknown()))
                .orElse(failed);
    }

    private void repaired(WorkspaceId id) {
        try {
            repair.work(id);
        } catch (IOException | Secrets.Unreadable e) {
            log.error("{}: its repository cannot be repaired: {}", id, e.getMessage());
        }
    }
}
