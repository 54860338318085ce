package dev.claudevm.workspace;

import dev.claudevm.config.CrashPoint;
import dev.claudevm.gateway.Gateway;
import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.StartSpec;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The steps of {@link Work#UP}: it is made when it is not, with what was in a snapshot when one is to come back; it waits for a
 * place, is started, and its bridge comes home. Each step may be repeated.
 */
@Component
class Starting {

    private static final Logger log = LoggerFactory.getLogger(Starting.class);
    private static final String PLACE = "Waits for a place";
    private static final String COMING_HOME = "Bridge connects";

    private final WorkspaceRepository workspaces;
    private final WorkspaceStates states;
    private final Gateway gateway;
    private final Homecoming homecoming;
    private final Places places;
    private final BridgeKit kit;
    private final WorkspaceSettings settings;
    private final Keeping keeping;
    private final WorkReports reports;

    Starting(
            WorkspaceRepository workspaces,
            WorkspaceStates states,
            Gateway gateway,
            Homecoming homecoming,
            Places places,
            BridgeKit kit,
            WorkspaceSettings settings,
            Keeping keeping,
            WorkReports reports) {
        this.workspaces = workspaces;
        this.states = states;
        this.gateway = gateway;
        this.homecoming = homecoming;
        this.places = places;
        this.kit = kit;
        this.settings = settings;
        this.keeping = keeping;
        this.reports = reports;
    }

    void up(WorkspaceRepository.Row row, Provider provider) throws ProviderException {
        WorkspaceId id = row.id();
        awaitOriginal(row);
        String snapshot = keeping.toBring(row, provider, reports.progress(id, Work.UP));
        if (snapshot != null) {
            provider.stop(id.value(), reports.progress(id));
            provider.delete(id.value(), reports.progress(id));
            states.made(id, false);
            CrashPoint.RESTORE_GONE.reached(id.value());
        }
        if (snapshot != null || !row.made()) {
            make(row, provider, snapshot != null);
        }
        if (snapshot != null) {
            CrashPoint.RESTORE_EMPTY.reached(id.value());
        }
        if (superseded(id)) {
            return;
        }
        AtomicBoolean waited = new AtomicBoolean();
        boolean placed = places.take(
                id,
                (limit, before) -> {
                    waited.set(true);
                    reports.step(id, PLACE, false, "at most " + limit + " run, " + before + " before it");
                },
                () -> superseded(id));
        try {
            if (placed) {
                if (waited.get()) {
                    reports.step(id, PLACE, true, null);
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
                        || superseded(row.id())
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

    private void make(WorkspaceRepository.Row row, Provider provider, boolean empty) throws ProviderException {
        WorkspaceId id = row.id();
        try {
            provider.create(
                    empty
                            ? CreateSpec.empty(id.value(), row.image())
                            : new CreateSpec(id.value(), row.project().source(), row.branch(), row.image()),
                    reports.whileWanted(id, Work.UP));
        } catch (WorkReports.Superseded e) {
            log.info("{}: given up while it was made", id);
            return;
        } catch (ProviderException e) {
            if (superseded(id)) {
                log.info("{}: given up while it was made: {}", id, e.getMessage());
                return;
            }
            quietly(() -> provider.delete(id.value(), reports.progress(id)), id);
            throw e;
        }
        states.made(id, true);
    }

    private void start(WorkspaceId id, Provider provider, @Nullable String snapshot) throws ProviderException {
        Path bridge = kit.folderFor(id);
        long generation = states.nextGeneration(id);
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
                    reports.progress(id));
            reports.step(id, COMING_HOME, false, null);
            if (!homecoming.await(id, generation, settings.boot(), () -> superseded(id))) {
                throw new ProviderException(
                        "The workspace was started, but its bridge did not connect within "
                                + settings.boot().toSeconds() + " s.",
                        "Try again. If it happens again, look at the bridge's log in the workspace's folder.");
            }
            reports.step(id, COMING_HOME, true, null);
            if (snapshot != null && !superseded(id)) {
                keeping.bring(id, snapshot, reports.progress(id, Work.UP));
            }
        } catch (ProviderException e) {
            // What came half up would otherwise go on unseen.
            quietly(() -> provider.stop(id.value(), reports.progress(id)), id);
            throw e;
        }
        states.finish(id, Work.UP, WorkspaceState.RUNNING, null, null);
    }

    private boolean superseded(WorkspaceId id) {
        return reports.superseded(id, Work.UP);
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
