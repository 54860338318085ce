package dev.claudevm.bridge;

import dev.claudevm.protocol.Delta;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import tools.jackson.databind.JsonNode;

/**
 * One reader of a conversation. The conversation's thread puts in what is new ({@link #upTo}, {@link #delta}); a virtual
 * thread of the reader's own takes it out as fast as the reader wants it. Events are read from the journal by number, so
 * a slow reader holds nothing but a bounded number of deltas; too many are replaced by the whole unfinished texts.
 */
final class Follower {

    /** What a reader gets. */
    sealed interface Item {
        record Journaled(JsonNode event) implements Item {}

        record Piece(Delta delta) implements Item {}

        record Beat() implements Item {}
    }

    private sealed interface Entry {
        record UpTo(long seq) implements Entry {}

        record Piece(Delta delta) implements Entry {}
    }

    private static final int MAX_PIECES = 512;
    private static final int PAGE_EVENTS = 64;
    private static final long BEAT_MILLIS = 1000;

    /** Who asks for so many items at once wants all. */
    private static final long UNBOUNDED = 1L << 20;

    /** A reader that takes nothing for so long is let go; it comes back by number. */
    private static final long STUCK_SECONDS = 30;

    private final Journal journal;
    private final Deque<Entry> entries = new ArrayDeque<>();
    private final Semaphore wanted = new Semaphore(0);
    private long position;
    private int pieces;
    private volatile boolean unbounded;
    private volatile boolean closed;

    Follower(Journal journal, long after) {
        this.journal = journal;
        this.position = after;
    }

    /** Everything up to this number is committed. */
    synchronized void upTo(long seq) {
        if (entries.peekLast() instanceof Entry.UpTo) {
            entries.removeLast();
        }
        entries.add(new Entry.UpTo(seq));
        notifyAll();
    }

    /** @param whole all unfinished texts with this piece in them, used when the reader is too far behind */
    synchronized void delta(Delta delta, Supplier<List<Delta>> whole) {
        if (pieces < MAX_PIECES) {
            entries.add(new Entry.Piece(delta));
            pieces++;
        } else {
            entries.removeIf(e -> e instanceof Entry.Piece);
            Entry last = entries.peekLast();
            entries.clear();
            if (last != null) {
                entries.add(last);
            }
            List<Delta> texts = whole.get();
            texts.forEach(d -> entries.add(new Entry.Piece(d)));
            pieces = texts.size();
        }
        notifyAll();
    }

    /** Ends the stream. */
    synchronized void close() {
        closed = true;
        wanted.release();
        notifyAll();
    }

    boolean closed() {
        return closed;
    }

    /** @return the items; ends when the reader goes, is stuck or the conversation closes */
    Flux<Item> items() {
        return Flux.create(
                sink -> {
                    sink.onDispose(this::close);
                    sink.onRequest(this::wants);
                    Thread.ofVirtual().name("follower").start(() -> run(sink));
                },
                FluxSink.OverflowStrategy.BUFFER);
    }

    private void wants(long items) {
        if (items >= UNBOUNDED) {
            unbounded = true;
        }
        wanted.release((int) Math.min(items, UNBOUNDED));
    }

    private void run(FluxSink<Item> sink) {
        try {
            while (!closed) {
                Entry entry = take();
                if (entry instanceof Entry.Piece piece) {
                    emit(sink, new Item.Piece(piece.delta()));
                } else if (entry instanceof Entry.UpTo upTo) {
                    page(sink, upTo.seq());
                } else {
                    emit(sink, new Item.Beat());
                }
            }
            sink.complete();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            sink.complete();
        } catch (IOException | RuntimeException e) {
            closed = true;
            sink.error(e);
        }
    }

    private void page(FluxSink<Item> sink, long upTo) throws IOException, InterruptedException {
        while (position < upTo && !closed) {
            List<JsonNode> page = new java.util.ArrayList<>();
            long last = journal.read(position, upTo, PAGE_EVENTS, page::add);
            if (last == position) {
                throw new IOException("The journal ends before event " + upTo + ".");
            }
            for (JsonNode event : page) {
                emit(sink, new Item.Journaled(event));
            }
            position = last;
        }
    }

    private void emit(FluxSink<Item> sink, Item item) throws InterruptedException {
        if (!unbounded && !wanted.tryAcquire(STUCK_SECONDS, TimeUnit.SECONDS)) {
            closed = true;
        }
        if (!closed) {
            sink.next(item);
        }
    }

    private synchronized @Nullable Entry take() throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BEAT_MILLIS);
        while (entries.isEmpty() && !closed) {
            long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
            if (left <= 0) {
                return null;
            }
            wait(left);
        }
        Entry entry = entries.poll();
        if (entry instanceof Entry.Piece) {
            pieces--;
        }
        return entry;
    }
}
