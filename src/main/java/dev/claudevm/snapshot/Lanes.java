package dev.claudevm.snapshot;

import dev.claudevm.workspace.WorkspaceId;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.stereotype.Component;

/**
 * Who may touch a workspace's repository when. Whoever makes a snapshot, restores one or clears up is alone with it; whoever takes
 * something out of it holds it, and nothing is removed from it meanwhile. Kept by this process, through which alone all goes.
 */
@Component
class Lanes {

    private final Map<WorkspaceId, ReentrantLock> lanes = new ConcurrentHashMap<>();
    private final Map<WorkspaceId, Integer> held = new ConcurrentHashMap<>();

    /** Alone with a repository until this is closed, by the same thread. Whoever is may come in again. */
    @FunctionalInterface
    interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /** Waits as long as it takes. */
    Turn enter(WorkspaceId id) {
        ReentrantLock lane = lane(id);
        lane.lock();
        return lane::unlock;
    }

    /** @return empty: whoever is alone with it has not ended in time */
    Optional<Turn> enter(WorkspaceId id, Duration longest) {
        ReentrantLock lane = lane(id);
        try {
            return lane.tryLock(longest.toNanos(), TimeUnit.NANOSECONDS) ? Optional.of(lane::unlock) : Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** @return whether somebody is alone with it right now */
    boolean busy(WorkspaceId id) {
        ReentrantLock lane = lanes.get(id);
        return lane != null && lane.isLocked();
    }

    /** Nothing is removed from its repository until {@link #release}. Several may hold it. */
    void hold(WorkspaceId id) {
        try (Turn _ = enter(id)) {
            held.merge(id, 1, Integer::sum);
        }
    }

    void release(WorkspaceId id) {
        held.computeIfPresent(id, (key, holders) -> holders == 1 ? null : holders - 1);
    }

    /** @return whether somebody holds it. To be asked by who is alone with it */
    boolean isHeld(WorkspaceId id) {
        return held.containsKey(id);
    }

    private ReentrantLock lane(WorkspaceId id) {
        return lanes.computeIfAbsent(id, key -> new ReentrantLock());
    }
}
