package dev.claudevm.provider.ssh;

import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.ssh.Connection.Answer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The one connection to the machine, made when it is needed, and again when it was lost. */
final class Line implements AutoCloseable {

    /** How long nobody waits again for a machine that did not answer, when only a look is wanted. */
    private static final Duration QUIET = Duration.ofSeconds(10);

    private static final Duration SOON = Duration.ofSeconds(3);

    private final SshOptions options;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Place current;
    private volatile boolean closed;
    private volatile @Nullable Failure failed;
    private volatile Runnable lost = () -> {};

    Line(SshOptions options) {
        this.options = options;
    }

    /** A connection and what the machine said at its beginning. */
    record Place(Connection connection, Survey survey) {}

    private record Failure(ProviderException why, long atNanos) {}

    /** @param then is called when a connection has ended */
    void whenLost(Runnable then) {
        lost = then;
    }

    boolean isConnected() {
        Place now = current;
        return now != null && now.connection().isOpen();
    }

    /** @param patient false: a machine that did not answer a moment ago, or is being asked right now, is not waited for */
    Place place(boolean patient) throws ProviderException {
        if (patient) {
            lock.lock();
        } else {
            takeSoon();
        }
        try {
            Place now = current;
            if (now != null && now.connection().isOpen()) {
                return now;
            }
            if (closed) {
                throw new ProviderException("The provider is closed.", "Try again.");
            }
            Failure before = failed;
            if (!patient && before != null && System.nanoTime() - before.atNanos() < QUIET.toNanos()) {
                throw before.why();
            }
            if (now != null) {
                now.connection().close();
            }
            return fresh();
        } finally {
            lock.unlock();
        }
    }

    private void takeSoon() throws ProviderException {
        try {
            if (!lock.tryLock(SOON.toMillis(), TimeUnit.MILLISECONDS)) {
                Failure before = failed;
                throw before != null
                        ? before.why()
                        : new ProviderException(
                                options.target().name() + " has not answered yet.", "Try again in a moment.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProviderException("Interrupted.", "Try again.", e);
        }
    }

    private Place fresh() throws ProviderException {
        try {
            Place fresh = connect();
            failed = null;
            current = fresh;
            fresh.connection().onEnd(() -> {
                if (!closed) {
                    lost.run();
                }
            });
            return fresh;
        } catch (ProviderException e) {
            failed = new Failure(e, System.nanoTime());
            throw e;
        }
    }

    private Place connect() throws ProviderException {
        Connection connection = Connection.open(options);
        try {
            return new Place(connection, survey(connection));
        } catch (LostException e) {
            connection.close();
            throw failure("look around", e);
        } catch (ProviderException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private Survey survey(Connection connection) throws ProviderException, LostException {
        try (var script = new ByteArrayInputStream(Machine.resource("survey.sh"))) {
            Answer said = connection.run(
                    "/bin/sh -s " + Machine.quoted(options.folder()), script, options.answer(), () -> {});
            return Survey.of(options.target(), said.out() + said.err());
        } catch (LostException e) {
            throw e;
        } catch (IOException e) {
            throw failure("look around", e);
        }
    }

    /** Looks at the machine anew. */
    Survey survey() throws ProviderException {
        Place place = place(false);
        Survey fresh;
        try {
            fresh = survey(place.connection());
        } catch (LostException e) {
            // A new connection begins with a look.
            return place(false).survey();
        }
        lock.lock();
        try {
            if (current == place) {
                current = new Place(place.connection(), fresh);
            }
        } finally {
            lock.unlock();
        }
        return fresh;
    }

    ProviderException failure(String what, IOException e) {
        return new ProviderException(
                "The connection to " + options.target().name() + " broke (" + what + "): " + Login.reason(e) + ".",
                "Look at the network between, and try again.",
                e);
    }

    @Override
    public void close() {
        closed = true;
        lock.lock();
        try {
            Place now = current;
            if (now != null) {
                now.connection().close();
            }
            current = null;
        } finally {
            lock.unlock();
        }
    }
}
