package dev.claudevm.snapshot;

import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.Gateway;
import dev.claudevm.journal.JournalCopies;
import dev.claudevm.problem.Problem;
import dev.claudevm.protocol.Snapshots.Line;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.store.StoreException;
import dev.claudevm.workspace.Keeper;
import dev.claudevm.workspace.WorkspaceId;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Keeps workspaces by snapshots. */
@Component
class SnapshotKeeper implements Keeper {

    private static final String STEP = "Snapshot";
    private static final long MEGABYTE = 1_000_000;

    private final Snapshots snapshots;
    private final Making making;
    private final SnapshotRepository repository;
    private final SnapshotSettings settings;
    private final Restoring restoring;
    private final Grants grants;
    private final JournalCopies journals;
    private final Gateway gateway;

    SnapshotKeeper(
            Snapshots snapshots,
            Making making,
            SnapshotRepository repository,
            SnapshotSettings settings,
            Restoring restoring,
            Grants grants,
            JournalCopies journals,
            Gateway gateway) {
        this.snapshots = snapshots;
        this.making = making;
        this.repository = repository;
        this.settings = settings;
        this.restoring = restoring;
        this.grants = grants;
        this.journals = journals;
        this.gateway = gateway;
    }

    @Override
    public Optional<Kept> kept(WorkspaceId id) {
        Unsaved unsaved = journals.unsaved(id).orElse(null);
        return repository
                .newest(id)
                .map(newest -> kept(id, newest, unsaved))
                .or(() -> Optional.ofNullable(unsaved).map(why -> new Kept(null, false, null, null, why)));
    }

    private Kept kept(WorkspaceId id, Snapshot newest, @Nullable Unsaved unsaved) {
        Instant saved = repository.newestDone(id).map(Snapshot::begunAt).orElse(null);
        boolean running = newest.state() == Snapshot.State.MAKING;
        // restic tries for a quarter of an hour, and nobody should have to wait for that to hear of it.
        StoreException trouble =
                running ? grants.making(id.value()).flatMap(Seen::trouble).orElse(null) : null;
        if (trouble != null) {
            return new Kept(saved, running, trouble.getMessage(), trouble.todo(), unsaved);
        }
        String damage = repository.damage(id).orElse(null);
        return newest.error() == null && damage != null
                ? new Kept(
                        saved,
                        running,
                        damage,
                        "What to do is in docs/snapshots.md, under \"When one is damaged\".",
                        unsaved)
                : new Kept(saved, running, newest.error(), newest.todo(), unsaved);
    }

    @Override
    public Optional<Trouble> beforeEnd(WorkspaceId id, BridgeClient bridge, boolean deleted, Progress progress) {
        progress.step(STEP, false, null);
        Snapshot made = making.make(
                id,
                bridge,
                deleted ? Snapshot.Why.DELETE : Snapshot.Why.STOP,
                settings.end(),
                new SnapshotTalk.Listener() {
                    @Override
                    public void progress(Line line) {
                        progress.step(STEP, false, words(line));
                    }

                    @Override
                    public boolean wanted() {
                        return progress.wanted();
                    }
                });
        if (made.state() == Snapshot.State.DONE) {
            progress.step(STEP, true, made.files() + " files, " + megabytes(made.added()) + " new");
            return Optional.empty();
        }
        if (Making.impossible(made)) {
            progress.step(STEP, true, "its bridge makes none");
            return Optional.empty();
        }
        progress.step(STEP, true, "failed");
        return Optional.of(new Trouble(
                made.error() == null ? "It was not made." : made.error(), made.todo() == null ? "" : made.todo()));
    }

    @Override
    public Optional<Trouble> unkept(WorkspaceId id) {
        return snapshots.unkept(id).map(why -> new Trouble("It does not run. " + why, "Start it, then delete it."));
    }

    private static String words(Line line) {
        return line.totalFiles() == 0
                ? line.files() + " files"
                : megabytes(line.bytes()) + " of " + megabytes(line.totalBytes());
    }

    private static String megabytes(long bytes) {
        return (bytes + MEGABYTE - 1) / MEGABYTE + " MB";
    }

    @Override
    public Optional<String> newest(WorkspaceId id) {
        return repository.newestDone(id).map(Snapshot::id);
    }

    @Override
    public String copied(WorkspaceId source, Instant since, Progress progress) throws ProviderException {
        BridgeClient bridge = gateway.bridge(source.value()).orElse(null);
        if (bridge == null) {
            try {
                return repository
                        .firstDone(source, since)
                        .orElseGet(() -> snapshots.current(source))
                        .id();
            } catch (Problem nothing) {
                throw new ProviderException(nothing.detail(), nothing.todo(), nothing);
            }
        }
        progress.step(STEP + " of " + source, false, null);
        Snapshot made = making.since(source, since, bridge, new SnapshotTalk.Listener() {
            @Override
            public void progress(Line line) {
                progress.step(STEP + " of " + source, false, words(line));
            }

            @Override
            public boolean wanted() {
                return progress.wanted();
            }
        });
        if (made.state() != Snapshot.State.DONE) {
            throw new ProviderException(
                    "No snapshot of " + source + " could be made: " + made.error(),
                    made.todo() == null ? "Try again." : made.todo());
        }
        progress.step(STEP + " of " + source, true, made.files() + " files");
        return made.id();
    }

    @Override
    public String restore(WorkspaceId id, BridgeClient bridge, String snapshotId, Progress progress)
            throws ProviderException {
        return restoring.bring(id, bridge, snapshotId, progress);
    }

    @Override
    public void purge(WorkspaceId id) {
        repository.purge(id);
    }
}
