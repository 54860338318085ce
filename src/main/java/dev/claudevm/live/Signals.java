package dev.claudevm.live;

import dev.claudevm.conversation.Feed;
import dev.claudevm.protocol.Delta;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What has become new since one stream last wrote: a few flags and joined-up deltas, so that its size does not depend on
 * how slow the reader is. Feeds call it from their threads; the stream's thread takes.
 */
final class Signals implements Feed.Listener {

    /** Unfinished text that a slow reader has not had is dropped past this; it gets the finished text. */
    private static final int MAX_DELTA_CHARS = 512 * 1024;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Map<String, Piece> deltas = new LinkedHashMap<>();
    private int deltaChars;
    private boolean events;
    private boolean pending;
    private boolean conversation;
    private boolean overview;
    private boolean closed;

    private static final class Piece {
        final String kind;
        final int offset;
        final StringBuilder text;

        Piece(Delta delta) {
            kind = delta.kind();
            offset = delta.offset();
            text = new StringBuilder(delta.text());
        }
    }

    /** @param closed the reader may not read any more */
    record News(
            boolean events,
            boolean pending,
            boolean conversation,
            boolean overview,
            boolean closed,
            List<Delta> deltas) {}

    @Override
    public void events(long lastSeq) {
        signal(() -> events = true);
    }

    @Override
    public void delta(Delta delta) {
        signal(() -> {
            if (deltaChars + delta.text().length() > MAX_DELTA_CHARS) {
                deltas.clear();
                deltaChars = 0;
                return;
            }
            Piece piece = deltas.get(delta.messageId());
            int known = piece == null ? -1 : piece.offset + piece.text.length() - delta.offset();
            if (piece != null && known >= 0) {
                piece.text.append(
                        delta.text(),
                        Math.min(known, delta.text().length()),
                        delta.text().length());
            } else {
                deltas.put(delta.messageId(), new Piece(delta));
            }
            deltaChars += delta.text().length();
        });
    }

    @Override
    public void pending() {
        signal(() -> pending = true);
    }

    @Override
    public void conversation() {
        signal(() -> conversation = true);
    }

    void overview() {
        signal(() -> overview = true);
    }

    void close() {
        signal(() -> closed = true);
    }

    private void signal(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** @return what is new; all false when nothing was for {@code patience} */
    News take(Duration patience) throws InterruptedException {
        lock.lock();
        try {
            long left = patience.toNanos();
            while (!(events || pending || conversation || overview || closed || !deltas.isEmpty()) && left > 0) {
                left = changed.awaitNanos(left);
            }
            List<Delta> pieces = new ArrayList<>();
            deltas.forEach((id, piece) -> pieces.add(new Delta(id, piece.kind, piece.offset, piece.text.toString())));
            News news = new News(events, pending, conversation, overview, closed, pieces);
            events = false;
            pending = false;
            conversation = false;
            overview = false;
            deltas = new LinkedHashMap<>();
            deltaChars = 0;
            return news;
        } finally {
            lock.unlock();
        }
    }
}
