package dev.claudevm.workspace;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * So many workspaces may run at the same time; whoever comes later waits, first come, first served. Who runs is in the
 * database; who waits has its work written there, so that a restarted server lines them up again.
 */
@Component
class Places {

    private static final long LOOK_AGAIN_MS = 500;

    private final WorkspaceRepository workspaces;
    private final int limit;
    private final ReentrantLock lock = new ReentrantLock(true);
    private final Condition moved = lock.newCondition();
    private final Set<WorkspaceId> waiting = new LinkedHashSet<>();
    private final Set<WorkspaceId> starting = new LinkedHashSet<>();

    Places(WorkspaceRepository workspaces, WorkspaceSettings settings) {
        this.workspaces = workspaces;
        this.limit = settings.running();
    }

    /** Is told of who waits. */
    @FunctionalInterface
    interface Watch {
        /** @param before how many get a place earlier */
        void waits(int limit, int before);
    }

    @EventListener
    void on(WorkspaceChanged change) {
        lock.lock();
        try {
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for a place; {@link #leave} must follow when the workspace runs or has failed.
     *
     * @param givenUp asked now and then; true ends the waiting
     * @return false: it was given up
     */
    boolean take(WorkspaceId id, Watch watch, BooleanSupplier givenUp) {
        if (limit == 0) {
            return true;
        }
        int told = -1;
        lock.lock();
        try {
            waiting.add(id);
            while (!givenUp.getAsBoolean()) {
                int before = before(id);
                if (before == 0 && workspaces.othersThatRun(id) + starting.size() < limit) {
                    starting.add(id);
                    return true;
                }
                if (before != told) {
                    told = before;
                    // It writes and publishes, which comes back to this class: not under the lock.
                    lock.unlock();
                    try {
                        watch.waits(limit, before);
                    } finally {
                        lock.lock();
                    }
                    continue;
                }
                boolean _ = moved.await(LOOK_AGAIN_MS, TimeUnit.MILLISECONDS);
            }
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            waiting.remove(id);
            moved.signalAll();
            lock.unlock();
        }
    }

    private int before(WorkspaceId id) {
        int before = 0;
        for (WorkspaceId other : waiting) {
            if (other.equals(id)) {
                return before;
            }
            before++;
        }
        return before;
    }

    /** It runs, or does not come up: from here on the database says whether it has a place. */
    void leave(WorkspaceId id) {
        lock.lock();
        try {
            if (starting.remove(id)) {
                moved.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }
}
