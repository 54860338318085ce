package dev.claudevm.snapshot;

import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.Gateway;
import dev.claudevm.problem.Problem;
import dev.claudevm.secret.Secrets;
import dev.claudevm.store.ObjectStore;
import dev.claudevm.store.StoreException;
import dev.claudevm.workspace.WorkspaceId;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Repositories as a whole, on their way out of this installation and into it. Calls block. */
@Component
public class Transfers {

    private static final int ALL = 10_000;

    /** What is of use elsewhere, in the order in which it must be listed: a snapshot that comes meanwhile is then whole or not in it. */
    private static final List<String> PARTS = List.of("keys", "snapshots", "index", "data");

    private static final Pattern OBJECT =
            Pattern.compile("config|(?:keys|snapshots|index)/[0-9a-f]{64}|data/[0-9a-f]{2}/[0-9a-f]{64}");

    private final Making making;
    private final Lanes lanes;
    private final SnapshotRepository repository;
    private final SnapshotSettings settings;
    private final Passwords passwords;
    private final ObjectStore store;
    private final Gateway gateway;

    Transfers(
            Making making,
            Lanes lanes,
            SnapshotRepository repository,
            SnapshotSettings settings,
            Passwords passwords,
            ObjectStore store,
            Gateway gateway) {
        this.making = making;
        this.lanes = lanes;
        this.repository = repository;
        this.settings = settings;
        this.passwords = passwords;
        this.store = store;
        this.gateway = gateway;
    }

    /**
     * A repository that keeps what it has until this is closed.
     *
     * @param whole newest first, at least one
     * @param objects by their paths in the repository
     */
    public record Outgoing(List<Snapshot> whole, String password, List<ObjectStore.Entry> objects, Runnable end)
            implements AutoCloseable {
        @Override
        public void close() {
            end.run();
        }
    }

    /**
     * Of a workspace that runs a snapshot is made first.
     *
     * @throws Problem when what is in the workspace now is in no snapshot, or the store cannot be read
     */
    public Outgoing open(WorkspaceId id) {
        Optional<BridgeClient> bridge = gateway.bridge(id.value());
        if (bridge.isPresent()) {
            Snapshot fresh = making.make(id, bridge.get(), Snapshot.Why.REQUEST, settings.longest(), line -> {});
            if (fresh.state() != Snapshot.State.DONE) {
                throw Problem.conflict(
                        "No snapshot could be made: " + fresh.error(), fresh.todo() == null ? "" : fresh.todo());
            }
        }
        lanes.hold(id);
        try {
            Optional<Snapshot> newest = repository.newest(id);
            if (newest.isEmpty() || newest.get().state() != Snapshot.State.DONE) {
                throw Problem.conflict(
                        newest.isEmpty()
                                ? "There is no snapshot of workspace \"" + id + "\"."
                                : "What is in workspace \"" + id + "\" now is in no snapshot.",
                        "Start it, then try again: a snapshot is made first.");
            }
            List<ObjectStore.Entry> objects = objects(id);
            Set<String> there = objects.stream().map(ObjectStore.Entry::key).collect(Collectors.toSet());
            List<Snapshot> whole = repository.of(id, ALL).stream()
                    .filter(snapshot -> snapshot.state() == Snapshot.State.DONE)
                    .filter(snapshot -> there.contains("snapshots/" + snapshot.resticId()))
                    .toList();
            if (whole.isEmpty() || !whole.getFirst().id().equals(newest.get().id())) {
                throw Problem.conflict(
                        "The newest snapshot of workspace \"" + id + "\" is not in the object store any more.",
                        "See docs/snapshots.md, \"When one is damaged\".");
            }
            return new Outgoing(whole, passwords.of(id), objects, () -> lanes.release(id));
        } catch (StoreException e) {
            lanes.release(id);
            throw Problem.unavailable(String.valueOf(e.getMessage()), e.todo());
        } catch (Secrets.Unreadable e) {
            lanes.release(id);
            throw Problem.conflict(
                    "The password of the snapshots cannot be read: " + e.getMessage() + ".", "Bring back the key.");
        } catch (RuntimeException e) {
            lanes.release(id);
            throw e;
        }
    }

    private List<ObjectStore.Entry> objects(WorkspaceId id) throws StoreException {
        String folder = ResticBackend.repository(id.value());
        List<ObjectStore.Entry> found = new ArrayList<>();
        store.head(folder + "config").ifPresent(bytes -> found.add(new ObjectStore.Entry("config", bytes)));
        for (String part : PARTS) {
            for (ObjectStore.Entry entry : store.list(folder + part + "/")) {
                String path = entry.key().substring(folder.length());
                if (OBJECT.matcher(path).matches()) {
                    found.add(new ObjectStore.Entry(path, entry.bytes()));
                }
            }
        }
        return found;
    }

    /** @param path of an object in the repository. @return the caller closes it; empty: it is gone */
    public Optional<ObjectStore.Content> read(WorkspaceId id, String path) throws StoreException {
        return store.get(ResticBackend.repository(id.value()) + path, null);
    }

    /** @return whether that is a path of an object in a repository */
    public static boolean isObject(String path) {
        return OBJECT.matcher(path).matches();
    }

    /**
     * A repository of that workspace is to come. Until {@link #settle} it is removed when this server ends.
     *
     * @throws Problem when there is one, or one is coming, or what was of one is still being removed
     */
    public void expect(WorkspaceId id) {
        if (!repository.expect(id)) {
            throw Problem.conflict(
                    "What was of workspace \"" + id + "\" is just being removed or restored.",
                    "Try again in a minute.");
        }
    }

    /**
     * Takes an object into a repository that was expected.
     *
     * @param path as {@link #isObject}
     * @param content read to its length
     * @throws StoreException of kind SOURCE when it is not what its name says
     * @throws IOException when it is empty
     */
    public void take(WorkspaceId id, String path, InputStream content, long bytes) throws StoreException, IOException {
        if (!isObject(path)) {
            throw new IllegalArgumentException(path);
        }
        String key = ResticBackend.repository(id.value()) + path;
        if (path.equals("config")) {
            store.put(key, content, bytes);
            return;
        }
        store.put(key, new HashedStream(content, bytes, path.substring(path.lastIndexOf('/') + 1)), bytes);
    }

    /** All is there: in the caller's transaction, with the workspace's record. */
    public void settle(WorkspaceId id, String password, List<Snapshot> whole) {
        whole.forEach(repository::insert);
        passwords.put(id, password);
        repository.settled(id);
    }

    /** It does not come after all: what there is of it is removed. */
    public void abandon(WorkspaceId id) {
        repository.purge(id);
        repository.settled(id);
    }
}
