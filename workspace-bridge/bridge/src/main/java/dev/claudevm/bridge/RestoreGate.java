package dev.claudevm.bridge;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;

/** While a whole project is restored no turn begins in its workspace, and while a turn runs no whole project is restored. */
final class RestoreGate {

    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final BooleanSupplier working;
    private boolean closed;

    /** @param working whether a turn runs in any conversation */
    RestoreGate(BooleanSupplier working) {
        this.working = working;
    }

    /** @return false: a turn runs, or something is being restored already */
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
