package dev.claudevm.workspace;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Puts workspaces to rest that nobody has needed for a while. What is needed for a moment is told by {@link #used}, what is
 * needed for longer is asked of every {@link WorkspaceUse}. After a restart of the server the time begins anew. The bridge
 * has the last word ({@link Ending}).
 */
@Component
class IdleStop {

    private static final Duration LOOK_AGAIN = Duration.ofMinutes(1);

    private final WorkspaceStates states;
    private final Lifecycle lifecycle;
    private final List<WorkspaceUse> uses;
    private final WorkspaceSettings settings;
    private final Clock clock;
    private final Instant begun;
    private final Map<WorkspaceId, Instant> used = new ConcurrentHashMap<>();
    private final Map<WorkspaceId, Instant> lookAt = new ConcurrentHashMap<>();

    IdleStop(
            WorkspaceStates states,
            Lifecycle lifecycle,
            List<WorkspaceUse> uses,
            WorkspaceSettings settings,
            Clock clock) {
        this.states = states;
        this.lifecycle = lifecycle;
        this.uses = uses;
        this.settings = settings;
        this.clock = clock;
        this.begun = clock.instant();
    }

    /** Somebody does something in it at this moment. Cheap enough for each packet. */
    void used(WorkspaceId id) {
        used.put(id, clock.instant());
    }

    /** What applies to it was changed. */
    void changed(WorkspaceId id) {
        lookAt.remove(id);
    }

    /** It is deleted. */
    void forget(WorkspaceId id) {
        used.remove(id);
        lookAt.remove(id);
    }

    /** @param row of a workspace that runs and is connected */
    void look(WorkspaceRepository.Row row) {
        Duration limit = row.rest().limit(settings.idle());
        Instant now = clock.instant();
        Instant next = lookAt.get(row.id());
        if (limit.isZero() || (next != null && now.isBefore(next))) {
            return;
        }
        Instant awake = row.rest().keepAwakeUntil();
        if (awake != null && awake.isAfter(now)) {
            return;
        }
        Instant last = latest(latest(begun, row.updatedAt()), used.get(row.id()));
        Iterator<WorkspaceUse> others = uses.iterator();
        while (others.hasNext() && !last.plus(limit).isAfter(now)) {
            last = latest(last, others.next().lastNeeded(row.id()));
        }
        if (last.plus(limit).isAfter(now)) {
            lookAt.put(row.id(), earliest(last.plus(limit), now.plus(LOOK_AGAIN)));
            return;
        }
        lookAt.remove(row.id());
        if (states.beginRest(row.id())) {
            lifecycle.wake(row.id());
        }
    }

    private static Instant latest(Instant one, @Nullable Instant other) {
        return other == null || one.isAfter(other) ? one : other;
    }

    private static Instant earliest(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
