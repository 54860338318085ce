package dev.claudevm.workspace;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Goes round every so often, in a thread of its own, until it is ended. A round that fails is logged, and the next one comes all the
 * same; of what is looked at {@link #each one after another}, a failure of one does not stop the others.
 */
public final class Rounds {

    private static final Logger log = LoggerFactory.getLogger(Rounds.class);

    private final String name;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread thread;

    private Rounds(String name, Duration first, Duration pause, Runnable round) {
        this.name = name;
        this.thread = Thread.ofVirtual().name(name).unstarted(() -> run(first, pause, round));
    }

    /**
     * @param name of the thread, and in the log
     * @param first so long before the first round
     * @param pause so long between the end of one and the beginning of the next
     */
    public static Rounds begin(String name, Duration first, Duration pause, Runnable round) {
        Rounds rounds = new Rounds(name, first, pause, round);
        rounds.thread.start();
        return rounds;
    }

    private void run(Duration first, Duration pause, Runnable round) {
        try {
            for (Duration wait = first; !ended.await(wait.toMillis(), TimeUnit.MILLISECONDS); wait = pause) {
                try {
                    round.run();
                } catch (RuntimeException e) {
                    log.error("{}: a round failed", name, e);
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** One workspace after another. */
    public static <T> void each(Iterable<T> all, Function<T, WorkspaceId> id, Consumer<T> look) {
        for (T one : all) {
            try {
                look.accept(one);
            } catch (RuntimeException e) {
                log.error("{}: could not be looked after", id.apply(one), e);
            }
        }
    }

    /**
     * There is no further round. Nothing is interrupted: that would close the database's file under everybody.
     *
     * @param patience so long is waited for the end of one
     */
    public void end(Duration patience) {
        ended.countDown();
        try {
            boolean _ = thread.join(patience);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
