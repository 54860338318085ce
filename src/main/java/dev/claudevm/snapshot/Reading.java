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
     * @return how it ended
     */
    Line read(
            WorkspaceId id,
            WorkspaceId visitor,
            Function<Grant, Object> question,
            BridgeClient bridge,
            SnapshotTalk.Listener progress)
            throws SnapshotTalk.Failed, StoreException {
        try (Lanes.Turn _ = lanes.enter(id)) {
            Grant grant = grants.toRead(id.value(), visitor.value());
            try {
                return talk.ask(id, bridge, "/v1/snapshots/restore", question.apply(grant), progress);
            } catch (SnapshotTalk.Failed e) {
                throw behind(id, e);
            } finally {
                grants.close(grant);
            }
        }
    }

    private SnapshotTalk.Failed behind(WorkspaceId id, SnapshotTalk.Failed seen) {
        String lost = talk.lost(id).orElse(null);
        if (lost != null) {
            snapshots.damaged(id, RepositoryTalk.LOST + lost + ".");
            repaired(id);
            return new SnapshotTalk.Failed(
                    RepositoryTalk.LOST + lost + ".", "Take an older one: claude-vm snapshot list " + id + ".", false);
        }
        return talk.trouble(id)
                .map(trouble ->
                        new SnapshotTalk.Failed(String.valueOf(trouble.getMessage()), trouble.todo(), seen.unknown()))
                .orElse(seen);
    }

    private void repaired(WorkspaceId id) {
        try {
            repair.work(id);
        } catch (IOException | Secrets.Unreadable e) {
            log.error("{}: its repository cannot be repaired: {}", id, e.getMessage());
        }
    }
}
