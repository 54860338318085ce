package dev.claudevm.workspace;

import dev.claudevm.problem.Problem;
import dev.claudevm.providers.AddedProviders;
import dev.claudevm.providers.Providers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Service;

/** Changes and deletes providers with a thought to the workspaces that they have. */
@Service
public class ProvidersInUse {

    private static final Duration STOP = Duration.ofSeconds(60);

    private final Providers providers;
    private final AddedProviders added;
    private final WorkspaceRepository workspaces;
    private final WorkspaceStates states;
    private final Lifecycle lifecycle;
    private final ApplicationEventPublisher events;

    ProvidersInUse(
            Providers providers,
            AddedProviders added,
            WorkspaceRepository workspaces,
            WorkspaceStates states,
            Lifecycle lifecycle,
            ApplicationEventPublisher events) {
        this.providers = providers;
        this.added = added;
        this.workspaces = workspaces;
        this.states = states;
        this.lifecycle = lifecycle;
        this.events = events;
    }

    /** @return the workspaces of a provider, without deleted ones */
    public List<WorkspaceId> workspaces(String provider) {
        return workspaces.ofProvider(provider).stream()
                .map(WorkspaceRepository.Row::id)
                .toList();
    }

    /**
     * @param changes by option; null or empty: back to its default
     * @param check try it first
     * @throws Problem nothing was changed
     */
    public void change(String provider, Map<String, @Nullable String> changes, boolean check) {
        List<WorkspaceRepository.Row> busy = workspaces.ofProvider(provider).stream()
                .filter(row -> row.work() != null)
                .toList();
        if (!busy.isEmpty()) {
            throw Problem.conflict(
                    "Provider \"" + provider + "\" is at work on " + names(busy) + ".", "Try again when that is done.");
        }
        added.change(provider, changes, check);
    }

    /**
     * Deletes a provider. By force also one that has workspaces: they are stopped and stay where they are, with their record; they go on when a provider of the same name and
     * kind is added again.
     *
     * @throws Problem nothing was deleted
     */
    public void delete(String provider, boolean force) {
        List<WorkspaceRepository.Row> its = workspaces.ofProvider(provider);
        boolean isAdded =
                providers.find(provider).filter(Providers.Known::added).isPresent();
        if (isAdded && !its.isEmpty()) {
            if (!force) {
                throw Problem.conflict(
                                "Provider \"" + provider + "\" has workspaces: " + names(its) + ".",
                                "Delete them first. Or delete it by force: its workspaces are stopped and stay where they are, and go"
                                        + " on when a provider of the same name and kind is added again.")
                        .with(
                                "workspaces",
                                its.stream().map(row -> row.id().value()).toList());
            }
            stop(provider, its);
            states.orphaned(
                    provider,
                    "Its provider \"" + provider + "\" was deleted.",
                    "Add one of that name and kind again, and the workspace goes on.");
        }
        added.delete(provider, its.isEmpty());
        its.forEach(row -> events.publishEvent(new WorkspaceChanged(row.id())));
    }

    private void stop(String provider, List<WorkspaceRepository.Row> its) {
        List<WorkspaceRepository.Row> unmade =
                its.stream().filter(row -> !row.made() && row.work() != null).toList();
        if (!unmade.isEmpty()) {
            throw Problem.conflict(
                    "A workspace of provider \"" + provider + "\" is being made: " + names(unmade) + ".",
                    "Wait until it is made, or delete it.");
        }
        its.stream()
                .filter(row -> row.state() != WorkspaceState.STOPPED && row.state() != WorkspaceState.FAILED)
                .forEach(row -> {
                    boolean _ = states.beginKill(row.id());
                    lifecycle.wake(row.id());
                });
        long end = System.nanoTime() + STOP.toNanos();
        while (workspaces.ofProvider(provider).stream().anyMatch(row -> row.work() != null)) {
            if (System.nanoTime() > end) {
                throw Problem.conflict(
                        "The workspaces of provider \"" + provider + "\" have not stopped within " + STOP.toSeconds()
                                + " s.",
                        "Look at what they say, and try again.");
            }
            pause();
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Problem.unavailable("Interrupted.", "Try again.");
        }
    }

    private static String names(List<WorkspaceRepository.Row> rows) {
        return rows.stream().map(row -> row.id().value()).collect(Collectors.joining(", "));
    }
}
