package dev.claudevm.snapshot;

import dev.claudevm.config.CrashPoint;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.Gateway;
import dev.claudevm.problem.Problem;
import dev.claudevm.protocol.Snapshots.Line;
import dev.claudevm.protocol.Snapshots.Make;
import dev.claudevm.secret.Secrets;
import dev.claudevm.store.StoreException;
import dev.claudevm.workspace.WorkspaceChanged;
import dev.claudevm.workspace.WorkspaceId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/** Makes snapshots of workspaces, one at a time each. Safe for use by many threads; blocks, except for {@link #request}. */
@Component
class Making {

    private static final Logger log = LoggerFactory.getLogger(Making.class);
    private static final String UNKNOWN = "The bridge of this workspace knows nothing of snapshots.";

    private final SnapshotRepository snapshots;
    private final Lanes lanes;
    private final Passwords passwords;
    private final Grants grants;
    private final RepositoryTalk talk;
    private final Repair repair;
    private final Gateway gateway;
    private final ConversationService conversations;
    private final SnapshotSettings settings;
    private final ApplicationEventPublisher events;

    Making(
            SnapshotRepository snapshots,
            Lanes lanes,
            Passwords passwords,
            Grants grants,
            RepositoryTalk talk,
            Repair repair,
            Gateway gateway,
            ConversationService conversations,
            SnapshotSettings settings,
            ApplicationEventPublisher events) {
        this.snapshots = snapshots;
        this.lanes = lanes;
        this.passwords = passwords;
        this.grants = grants;
        this.talk = talk;
        this.repair = repair;
        this.gateway = gateway;
        this.conversations = conversations;
        this.settings = settings;
        this.events = events;
    }

    /**
     * The first that was begun since then; when there is none, it is made now.
     *
     * @return how that ended
     */
    Snapshot since(WorkspaceId id, Instant then, BridgeClient bridge, SnapshotTalk.Listener progress) {
        // Of several who want one, all get the same.
        try (Lanes.Turn _ = lanes.enter(id)) {
            return snapshots
                    .firstDone(id, then)
                    .orElseGet(() -> make(id, bridge, Snapshot.Why.REQUEST, settings.longest(), progress));
        }
    }

    /**
     * Begins one because a person wants it. Whoever is alone with the workspace's snapshots ends before.
     *
     * @return it, or the one that is being made already
     * @throws Problem when the workspace is not connected
     */
    Snapshot request(WorkspaceId id) {
        BridgeClient bridge = gateway.bridge(id.value())
                .orElseThrow(() -> Problem.conflict(
                        "Workspace \"" + id + "\" is not running.",
                        "Start it first. What it had when it stopped is in its newest snapshot."));
        if (lanes.busy(id)) {
            Optional<Snapshot> newest = snapshots.newest(id);
            if (newest.isPresent() && newest.get().state() == Snapshot.State.MAKING) {
                return newest.get();
            }
        }
        Snapshot begun = snapshots.begin(id, Snapshot.Why.REQUEST, mark(id));
        Thread.ofVirtual().name("snapshot-" + id).start(() -> {
            try (Lanes.Turn _ = lanes.enter(id)) {
                make(begun, bridge, settings.longest(), line -> {});
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
        long deadline = System.nanoTime() + longest.toNanos();
        Optional<Lanes.Turn> entered = lanes.enter(id, longest);
        try (Lanes.Turn _ = entered.orElse(() -> {})) {
            Snapshot begun = snapshots.begin(id, why, mark(id));
            if (entered.isEmpty()) {
                snapshots.failed(begun.id(), "Another snapshot takes too long.", "Try again when it has ended.");
                return snapshots.find(begun.id()).orElse(begun);
            }
            return make(begun, bridge, Duration.ofNanos(Math.max(1, deadline - System.nanoTime())), progress);
        }
    }

    private Snapshot make(Snapshot begun, BridgeClient bridge, Duration longest, SnapshotTalk.Listener progress) {
        WorkspaceId id = begun.workspace();
        changed(id);
        Grant grant = grants.open(id.value(), Grant.Rights.APPEND);
        CrashPoint.SNAPSHOT_BEGUN.reached(id.value());
        try {
            boolean whole = repair.leansOnDamage(id);
            Line done;
            try {
                done = ask(begun, grant, whole, bridge, longest, progress);
            } catch (SnapshotTalk.Failed e) {
                String lost = grant.seen().lost().orElse(null);
                if (lost == null) {
                    throw e;
                }
                log.warn("{}: {}{}; its repository is repaired", id, RepositoryTalk.LOST, lost);
                // A restic that was given up goes on asking until its bridge notices.
                grants.close(grant);
                repair.work(id);
                grant = grants.open(id.value(), Grant.Rights.APPEND);
                whole = true;
                done = ask(begun, grant, true, bridge, longest, progress);
            }
            String name = talk.stored(id, done);
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
            failed(
                    begun,
                    RepositoryTalk.LOST + "and it could not be repaired: " + e.getMessage(),
                    RepositoryTalk.DAMAGED);
        } catch (SnapshotTalk.Failed e) {
            failed(begun, grant.seen(), e);
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
        String password = passwords.of(id);
        talk.prepare(id, password);
        Make question = new Make(password, grant.secret(), whole, begun.why().word(), Math.max(1, longest.toSeconds()));
        return talk.ask(grant, bridge, "/v1/snapshots", question, progress);
    }

    /** @return whether nothing in the workspace could have made it */
    static boolean impossible(Snapshot failed) {
        return UNKNOWN.equals(failed.error());
    }

    private void failed(Snapshot begun, Seen seen, SnapshotTalk.Failed failed) {
        if (failed.unknown()) {
            failed(begun, UNKNOWN, "Stop the workspace and start it again.");
            return;
        }
        String lost = seen.lost().orElse(null);
        if (lost != null) {
            failed(begun, RepositoryTalk.LOST + lost + ".", RepositoryTalk.DAMAGED);
            return;
        }
        StoreException trouble = seen.trouble().orElse(null);
        failed(
                begun,
                trouble == null ? String.valueOf(failed.getMessage()) : String.valueOf(trouble.getMessage()),
                trouble == null ? failed.todo() : trouble.todo());
    }

    private void failed(Snapshot begun, String error, String todo) {
        log.warn("{}: no snapshot: {}", begun.workspace(), error);
        snapshots.failed(begun.id(), error, todo);
    }

    /** @return how much has happened in the workspace's conversations */
    private long mark(WorkspaceId id) {
        return conversations.of(id).stream()
                .mapToLong(conversation -> conversation.lastSeq())
                .sum();
    }

    private void changed(WorkspaceId id) {
        events.publishEvent(new WorkspaceChanged(id));
    }
}
