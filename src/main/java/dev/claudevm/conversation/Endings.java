package dev.claudevm.conversation;

import java.time.Duration;

/**
 * Waits for threads that use the database. They are never interrupted: an interrupt in the middle of a write closes the
 * file of an H2 database under everybody.
 */
final class Endings {

    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private Endings() {}

    /** Waits for the thread's end, a moment at most. */
    static void await(Thread thread) {
        try {
            boolean _ = thread.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
