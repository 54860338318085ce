package dev.claudevm.testkit;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Where streams wait. Open at first. */
final class Gate {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean held;
    private boolean closed;
    private long releases;

    void hold() {
        change(() -> held = true);
    }

    void release() {
        change(() -> {
            held = false;
            releases++;
        });
    }

    void close() {
        change(() -> closed = true);
    }

    /** Returns at once while the gate is open. */
    void await() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (held && !closed) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the next release, also while the gate is open. */
    void awaitRelease() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long before = releases;
            while (releases == before && !closed) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
