package dev.claudevm.snapshot;

import dev.claudevm.config.CrashPoint;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.Gateway;
import dev.claudevm.problem.Problem;
import dev.claudevm.protocol.Snapshots.Line;
import dev.claudevm.protocol.Snapshots.Make;
import dev.claudevm.secret.Secrets;
import dev.claudevm.store.ObjectStore;
import dev.claudevm.store.StoreException;
import dev.claudevm.workspace.WorkspaceChanged;
import dev.claudevm.workspace.WorkspaceId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Service;

/** Makes snapshots of workspaces, one at a time each, and knows which there are. Safe for use by many threads; making blocks. */
@Service
public class Snapshots {

    private static final Logger log = LoggerFactory.getLogger(Snapshots.class);
    private static final int LISTED = 500;
    private static final String LOST = "The object store has lost a part of its snapshots, ";
    private static final String DAMAGED = "What to do is in docs/snapshots.md, under \"When one is damaged\".";
    private static final String UNKNOWN = "The bridge of this workspace knows nothing of snapshots.";

    private final SnapshotRepository snapshots;
    private final Passwords passwords;
    private final Grants grants;
    private final ResticBackend backend;
    private final Repair repair;
    private final ObjectStore store;
    private final Gateway gateway;
    private final ConversationService conversations;
    private final SnapshotSettings settings;
    private final ApplicationEventPublisher events;
    private final Map<WorkspaceId, ReentrantLock> lanes = new ConcurrentHashMap<>();
    private final Map<WorkspaceId, Integer> held = new ConcurrentHashMap<>();

    Snapshots(
            SnapshotRepository snapshots,
            Passwords passwords,
            Grants grants,
            ResticBackend backend,
            Repair repair,
            ObjectStore store,
            Gateway gateway,
            ConversationService conversations,
            SnapshotSettings settings,
            ApplicationEventPublisher events) {
        this.snapshots = snapshots;
        this.passwords = passwords;
        this.grants = grants;
        this.backend = backend;
        this.repair = repair;
        this.store = store;
        this.gateway = gateway;
        this.conversations = conversations;
        this.settings = settings;
        this.events = events;
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
        if (newest == null || impossible(newest)) {
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

    /**
     * The first that was begun since then; when there is none, it is made now. Blocks.
     *
     * @return how that ended
     */
    Snapshot since(WorkspaceId id, Instant then, BridgeClient bridge, SnapshotTalk.Listener progress) {
        ReentrantLock lane = lane(id);
        // Of several who want one, all get the same.
        lane.lock();
        try {
            return snapshots
                    .firstDone(id, then)
                    .orElseGet(() -> make(id, bridge, Snapshot.Why.REQUEST, settings.longest(), progress));
        } finally {
            lane.unlock();
        }
    }

    /**
     * Begins one because a person wants it.
     *
     * @return it, being made
     * @throws Problem when the workspace is not connected, or one is being made
     */
    public Snapshot request(WorkspaceId id) {
        BridgeClient bridge = gateway.bridge(id.value())
                .orElseThrow(() -> Problem.conflict(
                        "Workspace \"" + id + "\" is not running.",
                        "Start it first. What it had when it stopped is in its newest snapshot."));
        ReentrantLock lane = lane(id);
        if (lane.isLocked()) {
            return snapshots
                    .newest(id)
                    .filter(newest -> newest.state() == Snapshot.State.MAKING)
                    .orElseThrow(() -> Problem.conflict(
                            "A snapshot of \"" + id + "\" is being made or restored.", "Wait for its end."));
        }
        Snapshot begun = snapshots.begin(id, Snapshot.Why.REQUEST, mark(id));
        Thread.ofVirtual().name("snapshot-" + id).start(() -> {
            lane.lock();
            try {
                make(begun, bridge, settings.longest(), line -> {});
            } finally {
                lane.unlock();
            }
        });
        return begun;
    }

    /**
     * Makes one now; when one is being made already, after it.
     *
     * @param longest in all
     * @return how it ended; its record is kept either way
     */
    Snapshot make(
            WorkspaceId id, BridgeClient bridge, Snapshot.Why why, Duration longest, SnapshotTalk.Listener progress) {
        ReentrantLock lane = lane(id);
        long deadline = System.nanoTime() + longest.toNanos();
        boolean mine = false;
        try {
            mine = lane.tryLock(longest.toNanos(), TimeUnit.NANOSECONDS);
            Snapshot begun = snapshots.begin(id, why, mark(id));
            if (!mine) {
                snapshots.failed(begun.id(), "Another snapshot takes too long.", "Try again when it has ended.");
                return snapshots.find(begun.id()).orElse(begun);
            }
            return make(begun, bridge, Duration.ofNanos(Math.max(1, deadline - System.nanoTime())), progress);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } finally {
            if (mine) {
                lane.unlock();
            }
        }
    }

    private Snapshot make(Snapshot begun, BridgeClient bridge, Duration longest, SnapshotTalk.Listener progress) {
        WorkspaceId id = begun.workspace();
        changed(id);
        Grant grant = grants.open(id.value(), Grant.Rights.APPEND);
        backend.wellAgain(id.value());
        CrashPoint.SNAPSHOT_BEGUN.reached(id.value());
        try {
            boolean whole = repair.leansOnDamage(id);
            Line done;
            try {
                done = ask(begun, grant, whole, bridge, longest, progress);
            } catch (SnapshotTalk.Failed e) {
                String lost = backend.lost(id.value()).orElse(null);
                if (lost == null) {
                    throw e;
                }
                log.warn("{}: {}{}; its repository is repaired", id, LOST, lost);
                repair.work(id);
                whole = true;
                done = ask(begun, grant, true, bridge, longest, progress);
            }
            String name = stored(id, done);
            CrashPoint.SNAPSHOT_STORED.reached(id.value());
            if (whole) {
                snapshots.wellAgain(id);
            }
            snapshots.done(begun.id(), name, done);
            CrashPoint.SNAPSHOT_RECORDED.reached(id.value());
            if (whole) {
                // It has brought what was lost, as far as that is still in the files.
                int _ = repair.judge(id);
            }
            snapshots.forgetFailed(id);
        } catch (IOException e) {
            failed(begun, LOST + "and it could not be repaired: " + e.getMessage(), DAMAGED);
        } catch (SnapshotTalk.Failed e) {
            if (e.unknown()) {
                failed(begun, UNKNOWN, "Stop the workspace and start it again.");
                return snapshots.find(begun.id()).orElse(begun);
            }
            String lost = backend.lost(id.value()).orElse(null);
            if (lost != null) {
                failed(begun, LOST + lost + ".", DAMAGED);
                return snapshots.find(begun.id()).orElse(begun);
            }
            StoreException trouble = backend.trouble(id.value()).orElse(null);
            failed(
                    begun,
                    trouble == null ? String.valueOf(e.getMessage()) : String.valueOf(trouble.getMessage()),
                    trouble == null ? e.todo() : trouble.todo());
        } catch (StoreException e) {
            failed(begun, String.valueOf(e.getMessage()), e.todo());
        } catch (Secrets.Unreadable e) {
            failed(
                    begun,
                    "The password of its repository cannot be read: " + e.getMessage() + ".",
                    "Bring back the key.");
        } catch (RuntimeException e) {
            log.error("{}: its snapshot failed", id, e);
            failed(
                    begun,
                    "The server failed in the middle of it: " + e.getMessage(),
                    "Try again; its log has the cause.");
        } finally {
            grants.close(grant);
            changed(id);
        }
        return snapshots.find(begun.id()).orElse(begun);
    }

    private Line ask(
            Snapshot begun,
            Grant grant,
            boolean whole,
            BridgeClient bridge,
            Duration longest,
            SnapshotTalk.Listener progress)
            throws StoreException, SnapshotTalk.Failed, Secrets.Unreadable {
        WorkspaceId id = begun.workspace();
        boolean fresh =
                store.head(ResticBackend.repository(id.value()) + "config").isEmpty();
        unlock(id);
        backend.wellAgain(id.value());
        return SnapshotTalk.ask(
                bridge,
                "/v1/snapshots",
                new Make(
                        passwords.of(id),
                        grant.secret(),
                        fresh,
                        whole,
                        begun.why().word(),
                        Math.max(1, longest.toSeconds())),
                untilLost(id, progress));
    }

    /** There is one at a time, so whoever had a lock is dead: a lock that stays keeps prune and check away for ever. */
    private void unlock(WorkspaceId id) throws StoreException {
        for (ObjectStore.Entry lock : store.list(ResticBackend.repository(id.value()) + "locks/")) {
            store.delete(lock.key());
        }
    }

    /** @return whether nothing in the workspace could have made it */
    boolean impossible(Snapshot failed) {
        return UNKNOWN.equals(failed.error());
    }

    private void failed(Snapshot begun, String error, String todo) {
        log.warn("{}: no snapshot: {}", begun.workspace(), error);
        snapshots.failed(begun.id(), error, todo);
    }

    /** The bridge says what it has made; that it is kept is seen in the store only. */
    private String stored(WorkspaceId id, Line done) throws StoreException, SnapshotTalk.Failed {
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
        ReentrantLock lane = lane(id);
        lane.lock();
        Grant grant = grants.toRead(id.value(), visitor.value());
        backend.wellAgain(id.value());
        try {
            unlock(id);
            return SnapshotTalk.ask(bridge, "/v1/snapshots/restore", question.apply(grant), untilLost(id, progress));
        } catch (SnapshotTalk.Failed e) {
            // restic has seen a failed request only; what is behind it is known here.
            String lost = backend.lost(id.value()).orElse(null);
            if (lost != null) {
                snapshots.damaged(id, LOST + lost + ".");
                repaired(id);
                throw new SnapshotTalk.Failed(
                        LOST + lost + ".", "Take an older one: claude-vm snapshot list " + id + ".", false);
            }
            StoreException trouble = backend.trouble(id.value()).orElse(null);
            if (trouble == null) {
                throw e;
            }
            throw new SnapshotTalk.Failed(String.valueOf(trouble.getMessage()), trouble.todo(), e.unknown());
        } finally {
            grants.close(grant);
            lane.unlock();
        }
    }

    private void repaired(WorkspaceId id) {
        try {
            repair.work(id);
        } catch (IOException | Secrets.Unreadable e) {
            log.error("{}: its repository cannot be repaired: {}", id, e.getMessage());
        }
    }

    /** Nothing is removed from its repository until {@link #release}. Several may hold it. */
    void hold(WorkspaceId id) {
        alone(id, () -> held.merge(id, 1, Integer::sum));
    }

    void release(WorkspaceId id) {
        held.computeIfPresent(id, (key, holders) -> holders == 1 ? null : holders - 1);
    }

    /** @return whether somebody does. To be asked while {@link #alone} */
    boolean isHeld(WorkspaceId id) {
        return held.containsKey(id);
    }

    /** @return one that gives up when the store has lost what is needed: asking for it again does not bring it back */
    private SnapshotTalk.Listener untilLost(WorkspaceId id, SnapshotTalk.Listener listener) {
        return new SnapshotTalk.Listener() {
            @Override
            public void progress(Line line) {
                listener.progress(line);
            }

            @Override
            public boolean wanted() {
                return listener.wanted() && backend.lost(id.value()).isEmpty();
            }
        };
    }

    /** Does something while no snapshot is made or restored. */
    void alone(WorkspaceId id, Runnable work) {
        ReentrantLock lane = lane(id);
        lane.lock();
        try {
            work.run();
        } finally {
            lane.unlock();
        }
    }

    /** @return how much has happened in the workspace's conversations */
    long mark(WorkspaceId id) {
        return conversations.of(id).stream().mapToLong(talk -> talk.lastSeq()).sum();
    }

    private ReentrantLock lane(WorkspaceId id) {
        return lanes.computeIfAbsent(id, key -> new ReentrantLock());
    }

    /** @return whether one is being made right now */
    boolean busy(WorkspaceId id) {
        ReentrantLock lane = lanes.get(id);
        return lane != null && lane.isLocked();
    }

    private void changed(WorkspaceId id) {
        events.publishEvent(new WorkspaceChanged(id));
    }
}
