package dev.claudevm.fake;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * Fails the test in which a thread died of an exception. Awaitility would do that too, but blame whoever waits at that moment, and for what is no failure: MINA
 * ends the threads of a connection that is closed before the JDK has stopped to ask for them.
 */
final class DeadThreads {

    private static final Queue<Throwable> SEEN = new ConcurrentLinkedQueue<>();

    private DeadThreads() {}

    /** Looks from here on, in this whole JVM. What was seen before is another test's. */
    static void look() {
        Awaitility.doNotCatchUncaughtExceptionsByDefault();
        Thread.setDefaultUncaughtExceptionHandler((thread, died) -> {
            System.err.println("Thread " + thread.getName() + " died:");
            died.printStackTrace();
            if (!isOfAClosedConnection(died)) {
                SEEN.add(died);
            }
        });
        SEEN.clear();
    }

    /** @throws AssertionError with what a thread died of since {@link #look} */
    static void failIfAny() {
        Throwable first = SEEN.poll();
        if (first != null) {
            throw new AssertionError("A thread died of " + first, first);
        }
    }

    private static boolean isOfAClosedConnection(Throwable died) {
        return died instanceof IllegalStateException
                && Stream.of(died.getStackTrace())
                        .anyMatch(frame ->
                                frame.getClassName().equals("org.apache.sshd.common.util.threads.NoCloseExecutor"));
    }
}
