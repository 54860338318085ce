package dev.claudevm.bridge;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Carries bytes from one stream to another in a platform thread of its own: a read from a process or terminal holds its
 * carrier, and a few idle terminals in virtual threads would stop every conversation.
 */
final class Pump {

    private static final int BUFFER_BYTES = 64 * 1024;

    private final String name;
    private final InputStream from;
    private final OutputStream to;
    private @Nullable Closeable afterwards;
    private @Nullable Thread thread;
    private volatile boolean waiting;
    private volatile long carried;

    Pump(String name, InputStream from, OutputStream to) {
        this.name = name;
        this.from = from;
        this.to = to;
    }

    /** @param stream closed when one of both ends has gone */
    Pump closing(Closeable stream) {
        afterwards = stream;
        return this;
    }

    Pump start() {
        thread = Thread.ofPlatform().name(name).daemon().start(this::run);
        return this;
    }

    private void run() {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            while (true) {
                waiting = true;
                int n = from.read(buffer);
                waiting = false;
                if (n < 0) {
                    break;
                }
                to.write(buffer, 0, n);
                to.flush();
                carried += n;
            }
        } catch (IOException e) {
            // One end has gone; the other is told by the exit.
        } finally {
            if (afterwards != null) {
                Quietly.close(afterwards);
            }
        }
    }

    /** Waits for the end of what is carried. */
    void join() throws InterruptedException {
        Objects.requireNonNull(thread).join();
    }

    /** Waits for the end, or until nothing has come for some time; a slow receiver is waited for. */
    void drained(long silenceMillis) throws InterruptedException {
        Thread running = Objects.requireNonNull(thread);
        while (running.isAlive()) {
            long before = carried;
            running.join(silenceMillis);
            if (waiting && carried == before) {
                return;
            }
        }
    }
}
