package dev.claudevm.bridge;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;

/**
 * While it is closed no turn begins in the workspace, and while a turn runs it cannot be closed: for what must not happen in
 * the middle of one, as the restoration of a whole project, or the workspace's rest.
 */
final class TurnGate {

    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final BooleanSupplier working;
    private boolean closed;

    /** @param working whether a turn runs in any conversation */
    TurnGate(BooleanSupplier working) {
        this.working = working;
    }

    /** @return false: a turn runs, or it is closed already */
    boolean close() {
        lock.writeLock().lock();
        try {
            if (closed || working.getAsBoolean()) {
                return false;
            }
            closed = true;
            return true;
        } finally {
            lock.writeLock().unlock();
        }
    }

    void open() {
        lock.writeLock().lock();
        closed = false;
        lock.writeLock().unlock();
    }

    /** @return whether a turn may begin; {@link #leave} must follow then, in the same thread, when that is written down */
    boolean enter() {
        lock.readLock().lock();
        if (closed) {
            lock.readLock().unlock();
            return false;
        }
        return true;
    }

    void leave() {
        lock.readLock().unlock();
    }
}
