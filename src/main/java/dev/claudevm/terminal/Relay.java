package dev.claudevm.terminal;

import dev.claudevm.gateway.WorkspaceTerminal;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One page's window onto a terminal: outlives the page's web socket, and ends with the SSH channel. Output is numbered by
 * bytes and kept until the page has it; input by pieces, and each piece is typed once. Safe for use by many threads.
 */
final class Relay {

    /** Who a relay belongs to. */
    record Owner(String user, String workspace, String client) {}

    /**
     * How it ended.
     *
     * @param code the program's exit code; null: it was cut off
     * @param taken pieces up to this number are in the workspace
     * @param written later ones, up to this number, may be; the rest is not
     */
    record End(@Nullable Integer code, long taken, long written) {}

    /** What there is for the page. Never more than one thing. */
    sealed interface News permits Bytes, Taken, Ended, Quiet {}

    record Bytes(long from, byte[] bytes) implements News {}

    record Taken(long number) implements News {}

    record Ended(End end) implements News {}

    record Quiet() implements News {}

    private record Piece(long number, byte[] bytes) {}

    private static final int READ_BYTES = 16 * 1024;

    private final String id;
    private final Owner owner;
    private final boolean readOnly;
    private final WorkspaceTerminal terminal;
    private final Runnable whenAttached;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private final Ring ring = new Ring(TerminalSettings.WINDOW_BYTES);
    private long produced;
    private long acknowledged;

    private final Queue<Piece> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private long received;
    private long written;
    private long taken;
    private boolean attached;
    private boolean full;
    private boolean closing;
    private @Nullable End end;
    private @Nullable Instant left;
    private @Nullable Object seat;

    /** @param whenAttached called once: when it shows the terminal, or has ended before */
    Relay(String id, Owner owner, boolean readOnly, WorkspaceTerminal terminal, Runnable whenAttached) {
        this.id = id;
        this.owner = owner;
        this.readOnly = readOnly;
        this.terminal = terminal;
        this.whenAttached = whenAttached;
    }

    void start() {
        Thread.ofVirtual().name("terminal output " + id).start(this::pumpOutput);
        Thread.ofVirtual().name("terminal input " + id).start(this::pumpInput);
    }

    String id() {
        return id;
    }

    Owner owner() {
        return owner;
    }

    private void pumpOutput() {
        byte[] buffer = new byte[READ_BYTES];
        int matched = 0;
        try {
            while (true) {
                int room = awaitRoom();
                int n = room == 0 ? -1 : terminal.read(buffer, Math.min(room, buffer.length));
                if (n < 0) {
                    break;
                }
                keep(buffer, n);
                for (int i = 0; i < n && !attached; i++) {
                    if (matched == Scripts.ATTACHES.length) {
                        attach(); // this byte is tmux' own
                    } else if (buffer[i] == Scripts.ATTACHES[matched]) {
                        matched++;
                        if (matched == Scripts.ATTACHES.length) {
                            terminal.write(new byte[] {'\n'});
                        }
                    } else {
                        // Its first byte is nowhere else in it.
                        matched = buffer[i] == Scripts.ATTACHES[0] ? 1 : 0;
                    }
                }
            }
        } catch (IOException cutOff) {
            // The exit code that is not there says it.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ended();
    }

    /**
     * What is typed goes to tmux from now on. Not before its first byte: it writes when it has the terminal, its keys
     * included, and what it never got must not be counted as written.
     */
    private void attach() {
        lock.lock();
        try {
            attached = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        whenAttached.run();
    }

    /** @return 0 when nobody will read any more */
    private int awaitRoom() throws InterruptedException {
        lock.lock();
        try {
            while (!closing && produced - acknowledged >= ring.capacity()) {
                changed.await();
            }
            return closing ? 0 : (int) (ring.capacity() - (produced - acknowledged));
        } finally {
            lock.unlock();
        }
    }

    private void keep(byte[] bytes, int length) {
        lock.lock();
        try {
            ring.put(produced, bytes, length);
            produced += length;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void ended() {
        var code = terminal.exitCode();
        terminal.close();
        boolean never;
        lock.lock();
        try {
            never = !attached;
            end = new End(code.isPresent() ? code.getAsInt() : null, taken, written);
            closing = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (never) {
            whenAttached.run();
        }
    }

    private void pumpInput() {
        try {
            while (true) {
                Piece piece = nextPiece();
                if (piece == null) {
                    return;
                }
                terminal.write(piece.bytes());
                terminal.whenArrived(() -> arrived(piece.number()));
            }
        } catch (IOException cutOff) {
            terminal.close(); // the reader sees it
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Counted as written before it is: whoever asks must not hear "certainly not". @return null at the end */
    private @Nullable Piece nextPiece() throws InterruptedException {
        lock.lock();
        try {
            while ((waiting.isEmpty() || !attached) && end == null && !closing) {
                changed.await();
            }
            Piece piece = end != null || !attached ? null : waiting.poll();
            if (piece != null) {
                waitingBytes -= piece.bytes().length;
                written = piece.number();
            }
            return piece;
        } finally {
            lock.unlock();
        }
    }

    private void arrived(long number) {
        lock.lock();
        try {
            taken = Math.max(taken, number);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes a piece of what was typed; one that came before is passed over.
     *
     * @throws IllegalStateException when a number was left out, or more waits than a page may send
     */
    void type(long number, byte[] bytes) {
        lock.lock();
        try {
            if (readOnly) {
                throw new IllegalStateException("This terminal is only shown.");
            }
            if (number <= received || full || closing) {
                return;
            }
            if (number != received + 1) {
                throw new IllegalStateException("Piece " + (received + 1) + " is missing.");
            }
            if (waitingBytes + bytes.length > TerminalSettings.MAX_WAITING_BYTES) {
                throw new IllegalStateException("Too much was typed ahead.");
            }
            received = number;
            waiting.add(new Piece(number, bytes));
            waitingBytes += bytes.length;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The page has shown everything up to here. @throws IllegalStateException when that was never sent */
    void acknowledge(long to) {
        lock.lock();
        try {
            if (to > produced) {
                throw new IllegalStateException("So much was never sent.");
            }
            acknowledged = Math.max(acknowledged, to);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void resize(int columns, int rows) throws IOException {
        terminal.resize(columns, rows);
    }

    /** @return up to which number it has what was typed (received) and the workspace has it (taken) */
    long[] typed() {
        lock.lock();
        try {
            return new long[] {received, taken};
        } finally {
            lock.unlock();
        }
    }

    /** @return whether {@code at} is a place in the output from which it can go on */
    boolean canGoOnFrom(long at) {
        lock.lock();
        try {
            return !closing && at >= acknowledged && at <= produced;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for what the holder of the seat has not got yet. */
    News next(Object holder, long sent, long told, long patienceNanos) throws InterruptedException {
        lock.lock();
        try {
            long left = patienceNanos;
            while (true) {
                if (seat != holder) {
                    return new Quiet();
                }
                if (taken > told) {
                    return new Taken(taken);
                }
                if (produced > sent) {
                    return new Bytes(sent, ring.copy(sent, (int) Math.min(READ_BYTES, produced - sent)));
                }
                if (end != null) {
                    return new Ended(end);
                }
                if (left <= 0) {
                    return new Quiet();
                }
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** From now on this one gets the news; whoever had the seat has lost it. */
    void sit(Object holder) {
        lock.lock();
        try {
            seat = holder;
            left = null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isSeated(Object holder) {
        lock.lock();
        try {
            return seat == holder;
        } finally {
            lock.unlock();
        }
    }

    void rise(Object holder, Instant now) {
        lock.lock();
        try {
            if (seat == holder) {
                seat = null;
                left = now;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** @return since when nobody looks; null while somebody does */
    @Nullable
    Instant left() {
        lock.lock();
        try {
            return left;
        } finally {
            lock.unlock();
        }
    }

    /** Types what it was given, and nothing from then on. @return how that went */
    End drain(long patienceMillis) throws InterruptedException {
        long nanos = TimeUnit.MILLISECONDS.toNanos(patienceMillis);
        lock.lock();
        try {
            while (end == null && taken < received && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
            full = true;
            waiting.clear();
            waitingBytes = 0;
            End known = end;
            return new End(known == null ? null : known.code(), taken, written);
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            closing = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        terminal.close();
    }

    /** @return bytes that are held for the page; never more than the window */
    long outstanding() {
        lock.lock();
        try {
            return produced - acknowledged;
        } finally {
            lock.unlock();
        }
    }
}
