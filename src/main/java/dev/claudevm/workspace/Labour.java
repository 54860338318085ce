package dev.claudevm.workspace;

import dev.claudevm.config.CrashPoint;
import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.BridgeException;
import dev.claudevm.gateway.Gateway;
import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.StartSpec;
import dev.claudevm.providers.Providers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/** The pieces of {@link Work}. Each may be repeated after a crash at any point. Blocks; the caller gives it a thread. */
@Component
class Labour {

    private static final Logger log = LoggerFactory.getLogger(Labour.class);
    private static final Duration ANSWER_LOST = Duration.ofSeconds(5);
    private static final String PLACE = "Waits for a place";
    private static final String COMING_HOME = "Bridge connects";

    private final WorkspaceRepository workspaces;
    private final Steps steps;
    private final Providers providers;
    private final Gateway gateway;
    private final Homecoming homecoming;
    private final Places places;
    private final BridgeKit kit;
    private final WorkspaceSettings settings;
    private final Keeping keeping;
    private final ApplicationEventPublisher events;

    Labour(
            WorkspaceRepository workspaces,
            Steps steps,
            Providers providers,
            Gateway gateway,
            Homecoming homecoming,
            Places places,
            BridgeKit kit,
            WorkspaceSettings settings,
            Keeping keeping,
            ApplicationEventPublisher events) {
        this.workspaces = workspaces;
        this.steps = steps;
        this.providers = providers;
        this.gateway = gateway;
        this.homecoming = homecoming;
        this.places = places;
        this.kit = kit;
        this.settings = settings;
        this.keeping = keeping;
        this.events = events;
    }

    void perform(WorkspaceRepository.Row row, Work work) {
        WorkspaceId id = row.id();
        steps.clear(id);
        changed(id);
        try {
            Optional<Provider> found = providers.provider(row.provider());
            if (found.isEmpty() && (work == Work.DELETE || work == Work.DROP || work == Work.PURGE)) {
                // What is left of it where it was, a provider of that name would delete, should there be one again.
                workspaces.made(id, false);
                forget(row, work);
                return;
            }
            Provider provider = found.orElseThrow(() -> new ProviderException(
                    "This server has no provider \"" + row.provider() + "\" any more.",
                    "Add one of that name and kind again, and the workspace goes on."));
            switch (work) {
                case UP -> up(row, provider);
                case DOWN -> down(row, provider);
                case REST -> rest(row, provider);
                case KILL -> kill(row, provider);
                case DELETE, DROP, PURGE -> delete(row, provider, work);
            }
        } catch (ProviderException e) {
            log.warn("{}: {} failed: {}", id, work.word(), e.getMessage());
            workspaces.finish(id, work, WorkspaceState.FAILED, e.getMessage(), e.todo());
        } catch (RuntimeException e) {
            log.error("{}: {} failed", id, work.word(), e);
            workspaces.finish(
                    id,
                    work,
                    WorkspaceState.FAILED,
                    "The server failed in the middle of it: " + e.getMessage(),
                    "Try again; the server's log has the cause.");
        } finally {
            changed(id);
        }
    }

    private void up(WorkspaceRepository.Row row, Provider provider) throws ProviderException {
        WorkspaceId id = row.id();
        awaitOriginal(row);
        String snapshot = keeping.toBring(row, provider, progress(id, Work.UP));
        if (snapshot != null) {
            provider.stop(id.value(), progress(id));
            provider.delete(id.value(), progress(id));
            workspaces.made(id, false);
            CrashPoint.RESTORE_GONE.reached(id.value());
        }
        if (snapshot != null || !row.made()) {
            make(row, provider, snapshot != null);
        }
        if (snapshot != null) {
            CrashPoint.RESTORE_EMPTY.reached(id.value());
        }
        if (superseded(id, Work.UP)) {
            return;
        }
        AtomicBoolean waited = new AtomicBoolean();
        boolean placed = places.take(
                id,
                (limit, before) -> {
                    waited.set(true);
                    steps.step(id, PLACE, false, "at most " + limit + " run, " + before + " before it");
                    changed(id);
                },
                () -> superseded(id, Work.UP));
        try {
            if (placed) {
                if (waited.get()) {
                    step(id, PLACE, true);
                }
                start(id, provider, snapshot);
            }
        } finally {
            places.leave(id);
        }
    }

    /** One that runs and is to be copied as it is now comes home first, after a restart of ours for example. */
    private void awaitOriginal(WorkspaceRepository.Row row) throws ProviderException {
        WorkspaceId original = row.forkedFrom();
        if (original == null || row.forkedSnapshot() != null) {
            return;
        }
        boolean known = homecoming.await(
                settings.boot(),
                () -> gateway.bridge(original.value()).isPresent()
                        || superseded(row.id(), Work.UP)
                        || workspaces
                                .find(original)
                                .map(other -> other.state() != WorkspaceState.RUNNING)
                                .orElse(true));
        if (!known) {
            throw new ProviderException(
                    "Workspace " + original + " is not reachable, so no snapshot of it can be made.",
                    "Start this one again when it is.");
        }
    }

    private void start(WorkspaceId id, Provider provider, @Nullable String snapshot) throws ProviderException {
        Path bridge = kit.folder();
        long generation = workspaces.nextGeneration(id);
        String token = gateway.expect(id.value(), generation, snapshot != null);
        try {
            provider.start(
                    new StartSpec(
                            id.value(),
                            generation,
                            gateway.address(),
                            gateway.hostKey(),
                            provider.capabilities().doors() ? gateway.door(id.value()) : null,
                            token,
                            bridge,
                            Path.of(System.getProperty("java.home")),
                            settings.agents()),
                    progress(id));
            step(id, COMING_HOME, false);
            if (!homecoming.await(id, generation, settings.boot(), () -> superseded(id, Work.UP))) {
                throw new ProviderException(
                        "The workspace was started, but its bridge did not connect within "
                                + settings.boot().toSeconds() + " s.",
                        "Try again. If it happens again, look at the bridge's log in the workspace's folder.");
            }
            step(id, COMING_HOME, true);
            if (snapshot != null && !superseded(id, Work.UP)) {
                keeping.bring(id, snapshot, progress(id, Work.UP));
            }
        } catch (ProviderException e) {
            // What came half up would otherwise go on unseen.
            quietly(() -> provider.stop(id.value(), progress(id)), id);
            throw e;
        }
        workspaces.finish(id, Work.UP, WorkspaceState.RUNNING, null, null);
    }

    /** Its work is not wanted any more: something else is to be done to the workspace. */
    private static final class Superseded extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private void make(WorkspaceRepository.Row row, Provider provider, boolean empty) throws ProviderException {
        WorkspaceId id = row.id();
        try {
            provider.create(
                    empty
                            ? CreateSpec.empty(id.value(), row.image())
                            : new CreateSpec(id.value(), row.project().source(), row.branch(), row.image()),
                    whileWanted(id));
        } catch (Superseded e) {
            log.info("{}: given up while it was made", id);
            return;
        } catch (ProviderException e) {
            if (superseded(id, Work.UP)) {
                log.info("{}: given up while it was made: {}", id, e.getMessage());
                return;
            }
            quietly(() -> provider.delete(id.value(), progress(id)), id);
            throw e;
        }
        workspaces.made(id, true);
    }

    private void down(WorkspaceRepository.Row row, Provider provider) throws ProviderException {
        Keeper.Trouble trouble =
                keeping.beforeEnd(row, progress(row.id(), Work.DOWN)).orElse(null);
        stop(row, provider, Work.DOWN);
        workspaces.finish(
                row.id(),
                Work.DOWN,
                WorkspaceState.STOPPED,
                trouble == null ? null : "Stopped without a new snapshot: " + trouble.error(),
                trouble == null ? null : trouble.todo());
    }

    /** The bridge knows whether something was said to the workspace in this very moment: then it runs on. */
    private void rest(WorkspaceRepository.Row row, Provider provider) throws ProviderException {
        WorkspaceId id = row.id();
        Keeper.Trouble trouble = keeping.beforeEnd(row, progress(id, Work.REST)).orElse(null);
        if (!agrees(id, provider)) {
            workspaces.finish(id, Work.REST, WorkspaceState.RUNNING, null, null);
            return;
        }
        homecoming.awaitDeparture(id, settings.stop(), () -> superseded(id, Work.REST));
        provider.stop(id.value(), progress(id));
        homecoming.awaitDeparture(id, Duration.ofSeconds(2), () -> superseded(id, Work.REST));
        workspaces.rested(
                id,
                "Nobody needed it for " + Workspace.Idle.words(row.rest().limit(settings.idle())) + "."
                        + (trouble == null ? "" : " No snapshot was made before: " + trouble.error()));
    }

    /** @return whether it has ended, or is about to */
    private boolean agrees(WorkspaceId id, Provider provider) {
        Optional<BridgeClient> bridge = gateway.bridge(id.value());
        try {
            if (bridge.isPresent()) {
                return bridge.get().rest();
            }
        } catch (BridgeException e) {
            log.info("{}: its bridge did not say whether it rests: {}", id, e.getMessage());
        }
        // Its answer was lost, or it said yes to a server that is gone: then it ends.
        return homecoming.await(ANSWER_LOST, () -> !runs(id, provider));
    }

    private static boolean runs(WorkspaceId id, Provider provider) {
        try {
            return provider.status(id.value()) == Provider.Status.RUNNING;
        } catch (ProviderException e) {
            log.info("{}: {}", id, e.getMessage());
            return true;
        }
    }

    private void kill(WorkspaceRepository.Row row, Provider provider) throws ProviderException {
        provider.stop(row.id().value(), progress(row.id()));
        homecoming.awaitDeparture(row.id(), Duration.ofSeconds(2), () -> false);
        workspaces.finish(row.id(), Work.KILL, WorkspaceState.STOPPED, null, null);
    }

    private void delete(WorkspaceRepository.Row row, Provider provider, Work work) throws ProviderException {
        WorkspaceId id = row.id();
        if (row.state() != WorkspaceState.DELETED) {
            if (work == Work.DELETE) {
                Keeper.Trouble trouble = keeping.beforeDeletion(row, provider, progress(id, work))
                        .orElse(null);
                if (trouble != null) {
                    throw new ProviderException(
                            "Not deleted, because no snapshot could be made: " + trouble.error(),
                            trouble.todo()
                                    + " To delete it all the same, and keep the snapshots that there are, use --force.");
                }
            }
            stop(row, provider, work);
            provider.delete(id.value(), progress(id));
            workspaces.made(id, false);
        }
        forget(row, work);
    }

    private void forget(WorkspaceRepository.Row row, Work work) {
        WorkspaceId id = row.id();
        gateway.forget(id.value());
        if (work == Work.PURGE) {
            // First: when the record is gone, nobody knows any more that there is something to remove.
            keeping.purge(id);
            CrashPoint.PURGE_ASKED.reached(id.value());
            workspaces.remove(id);
            CrashPoint.PURGE_FORGOTTEN.reached(id.value());
        } else {
            workspaces.finish(id, work, WorkspaceState.DELETED, null, null);
        }
    }

    /** The bridge first: it writes down that the workspace stops, and that is mirrored while the connection ends. */
    private void stop(WorkspaceRepository.Row row, Provider provider, Work work) throws ProviderException {
        WorkspaceId id = row.id();
        Optional<BridgeClient> bridge = gateway.bridge(id.value());
        if (bridge.isPresent()) {
            try {
                bridge.get().stop();
                homecoming.awaitDeparture(id, settings.stop(), () -> superseded(id, work));
            } catch (BridgeException e) {
                log.info("{}: its bridge did not say goodbye: {}", id, e.getMessage());
            }
        }
        provider.stop(id.value(), progress(id));
        homecoming.awaitDeparture(id, Duration.ofSeconds(2), () -> superseded(id, work));
    }

    private boolean superseded(WorkspaceId id, Work work) {
        return workspaces.find(id).map(row -> row.work() != work).orElse(true);
    }

    private Progress progress(WorkspaceId id) {
        return (step, done, detail) -> {
            steps.step(id, step, done, detail);
            changed(id);
        };
    }

    /** @return one that says when something else is to be done to the workspace */
    private Progress progress(WorkspaceId id, Work work) {
        Progress shown = progress(id);
        return new Progress() {
            @Override
            public void step(String step, boolean done, @Nullable String detail) {
                shown.step(step, done, detail);
            }

            @Override
            public boolean wanted() {
                return !superseded(id, work);
            }
        };
    }

    /** @return one that ends the work at its next step when the workspace is to be deleted or stopped */
    private Progress whileWanted(WorkspaceId id) {
        Progress shown = progress(id, Work.UP);
        return new Progress() {
            @Override
            public void step(String step, boolean done, @Nullable String detail) {
                shown.step(step, done, detail);
                if (!wanted()) {
                    throw new Superseded();
                }
            }

            @Override
            public boolean wanted() {
                return shown.wanted();
            }
        };
    }

    private void step(WorkspaceId id, String step, boolean done) {
        steps.step(id, step, done, null);
        changed(id);
    }

    private void changed(WorkspaceId id) {
        events.publishEvent(new WorkspaceChanged(id));
    }

    private interface Attempt {
        void run() throws ProviderException;
    }

    private static void quietly(Attempt attempt, WorkspaceId id) {
        try {
            attempt.run();
        } catch (ProviderException | RuntimeException e) {
            log.warn("{}: could not clean up: {}", id, e.getMessage());
        }
    }
}
