package dev.claudevm.workspace;

import dev.claudevm.config.CrashPoint;
import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.BridgeException;
import dev.claudevm.gateway.Gateway;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * How a workspace ends: its files are kept, it stops, and, when that was asked for, it is deleted and forgotten. Each of it may be
 * repeated.
 */
@Component
class Ending {

    private static final Logger log = LoggerFactory.getLogger(Ending.class);
    private static final Duration ANSWER_LOST = Duration.ofSeconds(5);
    private static final Duration STOPPED_ALREADY = Duration.ofSeconds(2);

    private final WorkspaceRepository workspaces;
    private final WorkspaceStates states;
    private final Gateway gateway;
    private final Homecoming homecoming;
    private final WorkspaceSettings settings;
    private final Keeping keeping;
    private final WorkReports reports;

    Ending(
            WorkspaceRepository workspaces,
            WorkspaceStates states,
            Gateway gateway,
            Homecoming homecoming,
            WorkspaceSettings settings,
            Keeping keeping,
            WorkReports reports) {
        this.workspaces = workspaces;
        this.states = states;
        this.gateway = gateway;
        this.homecoming = homecoming;
        this.settings = settings;
        this.keeping = keeping;
        this.reports = reports;
    }

    /** {@link Work#DOWN} */
    void down(WorkspaceRepository.Row row, Provider provider) throws ProviderException {
        Keeper.Trouble trouble =
                keeping.beforeEnd(row, reports.progress(row.id(), Work.DOWN)).orElse(null);
        stop(row.id(), provider, Work.DOWN);
        states.finish(
                row.id(),
                Work.DOWN,
                WorkspaceState.STOPPED,
                trouble == null ? null : "Stopped without a new snapshot: " + trouble.error(),
                trouble == null ? null : trouble.todo());
    }

    /** {@link Work#REST}. The bridge knows whether something was said to the workspace in this very moment: then it runs on. */
    void rest(WorkspaceRepository.Row row, Provider provider) throws ProviderException {
        WorkspaceId id = row.id();
        Keeper.Trouble trouble =
                keeping.beforeEnd(row, reports.progress(id, Work.REST)).orElse(null);
        if (!agrees(id, provider)) {
            states.finish(id, Work.REST, WorkspaceState.RUNNING, null, null);
            return;
        }
        homecoming.awaitDeparture(id, settings.stop(), () -> reports.superseded(id, Work.REST));
        halt(id, provider, Work.REST);
        states.rested(
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

    /** {@link Work#KILL} */
    void kill(WorkspaceRepository.Row row, Provider provider) throws ProviderException {
        provider.stop(row.id().value(), reports.progress(row.id()));
        homecoming.awaitDeparture(row.id(), STOPPED_ALREADY, () -> false);
        states.finish(row.id(), Work.KILL, WorkspaceState.STOPPED, null, null);
    }

    /**
     * {@link Work#DELETE}, {@link Work#DROP} and {@link Work#PURGE}
     *
     * @throws ProviderException also when what it has now cannot be kept; then nothing was deleted
     */
    void delete(WorkspaceRepository.Row row, Provider provider, Work work) throws ProviderException {
        WorkspaceId id = row.id();
        if (row.state() != WorkspaceState.DELETED) {
            if (work == Work.DELETE) {
                Keeper.Trouble trouble = keeping.beforeDeletion(row, provider, reports.progress(id, work))
                        .orElse(null);
                if (trouble != null) {
                    throw new ProviderException(
                            "Not deleted, because no snapshot could be made: " + trouble.error(),
                            trouble.todo()
                                    + " To delete it all the same, and keep the snapshots that there are, use --force.");
                }
            }
            stop(id, provider, work);
            provider.delete(id.value(), reports.progress(id));
            states.made(id, false);
        }
        forget(id, work);
    }

    /** The same, when its provider is gone: what is left where it was, one of that name would delete, should there be one again. */
    void deleteUnreachable(WorkspaceId id, Work work) {
        states.made(id, false);
        forget(id, work);
    }

    private void forget(WorkspaceId id, Work work) {
        gateway.forget(id.value());
        if (work == Work.PURGE) {
            // First: when the record is gone, nobody knows any more that there is something to remove.
            keeping.purge(id);
            CrashPoint.PURGE_ASKED.reached(id.value());
            workspaces.remove(id);
            CrashPoint.PURGE_FORGOTTEN.reached(id.value());
        } else {
            states.finish(id, work, WorkspaceState.DELETED, null, null);
        }
    }

    /** The bridge first: it writes down that the workspace stops, and that is mirrored while the connection ends. */
    private void stop(WorkspaceId id, Provider provider, Work work) throws ProviderException {
        Optional<BridgeClient> bridge = gateway.bridge(id.value());
        if (bridge.isPresent()) {
            try {
                bridge.get().stop();
                homecoming.awaitDeparture(id, settings.stop(), () -> reports.superseded(id, work));
            } catch (BridgeException e) {
                log.info("{}: its bridge did not say goodbye: {}", id, e.getMessage());
            }
        }
        halt(id, provider, work);
    }

    private void halt(WorkspaceId id, Provider provider, Work work) throws ProviderException {
        provider.stop(id.value(), reports.progress(id));
        homecoming.awaitDeparture(id, STOPPED_ALREADY, () -> reports.superseded(id, work));
    }
}
