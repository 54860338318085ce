package dev.claudevm.workspace;

import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.providers.Providers;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Deletes what providers have of this installation's workspaces and no record knows: what a crash left, or a deletion that went wrong; and {@link OldKits}.
 * The {@link Sentinel} calls it now and then.
 */
@Component
class Reaper {

    private static final Logger log = LoggerFactory.getLogger(Reaper.class);
    private static final int MAX_SHOWN = 100;

    private final WorkspaceRepository workspaces;
    private final Providers providers;
    private final OldKits oldKits;
    private final WorkspaceSettings settings;
    private final Clock clock;
    private final List<Reaped> reaped = new ArrayList<>();
    private Instant next = Instant.MIN;

    Reaper(
            WorkspaceRepository workspaces,
            Providers providers,
            OldKits oldKits,
            WorkspaceSettings settings,
            Clock clock) {
        this.workspaces = workspaces;
        this.providers = providers;
        this.oldKits = oldKits;
        this.settings = settings;
        this.clock = clock;
    }

    /** What was deleted. */
    record Reaped(String provider, String workspace, Instant at) {}

    /** @return the latest since the server's start, newest first */
    synchronized List<Reaped> reaped() {
        return reaped.reversed();
    }

    /** Looks when it is time to. Called by one thread. */
    void lookNowAndThen() {
        if (clock.instant().isBefore(next)) {
            return;
        }
        next = clock.instant().plus(settings.reap());
        for (Providers.Known known : providers.all()) {
            providers.provider(known.name()).ifPresent(provider -> look(known.name(), provider));
        }
        oldKits.remove();
    }

    private void look(String name, Provider provider) {
        try {
            // First what there is, then what is known: what is made meanwhile has its record before.
            Set<String> there = provider.list();
            if (there.isEmpty()) {
                return;
            }
            Map<String, WorkspaceRepository.Row> known = new HashMap<>();
            workspaces.all().forEach(row -> known.put(row.id().value(), row));
            if (known.isEmpty()) {
                log.warn(
                        "{} has workspaces of this installation ({}), and the database has none. It looks like another database, so they"
                                + " are left alone.",
                        name,
                        String.join(", ", there));
                return;
            }
            Set<String> strange = new HashSet<>(there);
            strange.removeIf(id -> {
                WorkspaceRepository.Row row = known.get(id);
                return row != null && (row.state() != WorkspaceState.DELETED || row.work() != null);
            });
            for (String id : strange) {
                reap(name, provider, id);
            }
        } catch (ProviderException e) {
            log.debug("{}: cannot be looked through: {}", name, e.getMessage());
        } catch (RuntimeException e) {
            log.error("{}: cannot be looked through", name, e);
        }
    }

    private void reap(String name, Provider provider, String id) {
        try {
            provider.delete(id, (step, done, detail) -> {});
            log.warn("{}: {} was in no record; what was left of it is deleted", name, id);
            synchronized (this) {
                reaped.add(new Reaped(name, id, clock.instant()));
                if (reaped.size() > MAX_SHOWN) {
                    reaped.removeFirst();
                }
            }
        } catch (ProviderException e) {
            log.warn("{}: {} is in no record and cannot be deleted: {}", name, id, e.getMessage());
        }
    }
}
