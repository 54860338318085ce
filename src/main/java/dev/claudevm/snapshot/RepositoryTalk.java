package dev.claudevm.snapshot;

import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.protocol.Snapshots.Line;
import dev.claudevm.store.ObjectStore;
import dev.claudevm.store.StoreException;
import dev.claudevm.workspace.WorkspaceId;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import org.springframework.stereotype.Component;

/**
 * Has a bridge work with a workspace's repository. restic sees failed requests only; what is behind them is known here, where the
 * repository's objects are. Used by who is alone with the repository ({@link Lanes}).
 */
@Component
class RepositoryTalk {

    /** What goes before the name of what is lost. */
    static final String LOST = "The object store has lost a part of its snapshots, ";

    /** What to do then. */
    static final String DAMAGED = "What to do is in docs/snapshots.md, under \"When one is damaged\".";

    private final ObjectStore store;
    private final Clock clock;
    private final NewRepository repositories = new NewRepository(new SecureRandom());

    RepositoryTalk(ObjectStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * @param grant the one that the question gives to the bridge; of one question only
     * @param question what is posted to that path of the bridge
     * @throws SnapshotTalk.Failed also as soon as the store has lost what is needed: asking for it again does not bring it back
     */
    Line ask(Grant grant, BridgeClient bridge, String path, Object question, SnapshotTalk.Listener listener)
            throws StoreException, SnapshotTalk.Failed {
        unlock(grant.workspaceId());
        return SnapshotTalk.ask(bridge, path, question, new SnapshotTalk.Listener() {
            @Override
            public void progress(Line line) {
                listener.progress(line);
            }

            @Override
            public boolean wanted() {
                return listener.wanted() && grant.seen().lost().isEmpty();
            }
        });
    }

    /** There is one at a time, so whoever had a lock is dead: a lock that stays keeps prune and check away for ever. */
    private void unlock(String workspaceId) throws StoreException {
        for (ObjectStore.Entry lock : store.list(ResticBackend.repository(workspaceId) + "locks/")) {
            store.delete(lock.key());
        }
    }

    /**
     * Makes the repository when there is none yet.
     *
     * @throws SnapshotTalk.Failed when the store has lost its configuration or its key, without which nothing in it can be read
     */
    void prepare(WorkspaceId id, String password) throws StoreException, SnapshotTalk.Failed {
        String folder = ResticBackend.repository(id.value());
        if (store.head(folder + "config").isPresent()) {
            if (store.list(folder + "keys/").isEmpty()) {
                throw new SnapshotTalk.Failed(LOST + "its key.", DAMAGED, false);
            }
            return;
        }
        for (String type : List.of("data", "index", "snapshots")) {
            if (!store.list(folder + type + "/").isEmpty()) {
                throw new SnapshotTalk.Failed(LOST + "config.", DAMAGED, false);
            }
        }
        repositories.make(store, folder, password, clock.instant());
    }

    /**
     * The bridge says what it has made; that it is kept is seen in the store only.
     *
     * @return restic's name of the snapshot
     * @throws SnapshotTalk.Failed when it is not there
     */
    String stored(WorkspaceId id, Line done) throws StoreException, SnapshotTalk.Failed {
        String said = done.snapshotId();
        if (said != null && said.matches("[0-9a-f]{8,64}")) {
            for (ObjectStore.Entry entry : store.list(ResticBackend.repository(id.value()) + "snapshots/")) {
                String name = entry.key().substring(entry.key().lastIndexOf('/') + 1);
                if (name.startsWith(said) && entry.bytes() > 0) {
                    return name;
                }
            }
        }
        throw new SnapshotTalk.Failed("The snapshot is not in the object store.", "Try again.", false);
    }
}
