package dev.claudevm.conversation;

import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.BridgeEvents;
import dev.claudevm.gateway.BridgeException;
import dev.claudevm.protocol.Delta;
import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * Follows one conversation's journal over one bridge's connection, in a virtual thread of its own, until it is closed.
 * Whatever goes wrong, it connects again from the last number that the mirror has.
 */
class JournalReader {

    private static final Logger log = LoggerFactory.getLogger(JournalReader.class);
    private static final int BATCH = 200;
    private static final int BATCH_CHARS = 4 * 1024 * 1024;
    private static final int MAX_DELTA_CHARS = 256 * 1024;
    /** Beats come about once a second. */
    private static final Duration SILENCE = Duration.ofSeconds(4);

    private static final long FIRST_PAUSE_MS = 50;
    private static final long LONGEST_PAUSE_MS = 5_000;

    private final ConversationId id;
    private final BridgeClient bridge;
    private final JournalStore store;
    private final ConversationRepository conversations;
    private final Feed feed;
    private final Thread thread;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean closed;
    private volatile @Nullable BridgeEvents stream;
    private volatile long heardNanos = System.nanoTime();

    JournalReader(
            ConversationId id,
            BridgeClient bridge,
            JournalStore store,
            ConversationRepository conversations,
            Feed feed) {
        this.id = id;
        this.bridge = bridge;
        this.store = store;
        this.conversations = conversations;
        this.feed = feed;
        thread = Thread.ofVirtual().name("journal-" + id).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    void close() {
        closed = true;
        ended.countDown();
        cut();
    }

    /** After {@link #close}: nothing of it is written any more. */
    void awaitEnd() {
        Endings.await(thread);
    }

    /** Called about once a second: a stream without beats is dead, whatever its socket says. */
    void watch() {
        if (stream != null && System.nanoTime() - heardNanos > SILENCE.toNanos()) {
            log.info("{}: its stream is silent; connecting again", id);
            cut();
        }
    }

    private void cut() {
        BridgeEvents open = stream;
        if (open != null) {
            open.close();
        }
    }

    private void run() {
        long pause = FIRST_PAUSE_MS;
        while (!closed) {
            try {
                if (follow()) {
                    pause = FIRST_PAUSE_MS;
                }
            } catch (BridgeException e) {
                log.debug("{}: {}", id, e.getMessage());
            } catch (IOException e) {
                log.debug("{}: stream lost: {}", id, e.getMessage());
                pause = FIRST_PAUSE_MS;
            } catch (JournalStore.BrokenJournal e) {
                log.warn("{}: its journal does not fit: {}; reading again from the last number", id, e.getMessage());
            } catch (RuntimeException e) {
                log.error("{}: its journal could not be mirrored; trying again", id, e);
            } finally {
                stream = null;
                feed.forgetDeltas(id);
            }
            if (closed) {
                return;
            }
            try {
                if (ended.await(pause, TimeUnit.MILLISECONDS)) {
                    return;
                }
                pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** @return whether something was read */
    private boolean follow() throws BridgeException, IOException, JournalStore.BrokenJournal {
        long last = conversations.lastSeq(id);
        boolean read = false;
        heardNanos = System.nanoTime();
        try (BridgeEvents open = bridge.events(id.value(), last)) {
            stream = open;
            List<JournalStore.Incoming> batch = new ArrayList<>();
            int chars = 0;
            while (!closed) {
                BridgeEvents.Frame frame = open.next();
                if (frame == null) {
                    break;
                }
                read = true;
                heardNanos = System.nanoTime();
                switch (frame.type()) {
                    case "beat" -> {
                        // Heard.
                    }
                    case "delta" -> {
                        // What came before it must be seen before it.
                        commit(batch);
                        chars = 0;
                        delta(frame.data());
                    }
                    default -> {
                        JournalStore.Incoming event = store.parse(frame.data());
                        if (event.seq() > last + 1) {
                            commit(batch);
                            throw new JournalStore.BrokenJournal("after " + last + " came " + event.seq());
                        }
                        if (event.seq() == last + 1) {
                            batch.add(event);
                            chars += frame.data().length();
                            last = event.seq();
                        }
                    }
                }
                if (!batch.isEmpty() && (batch.size() >= BATCH || chars > BATCH_CHARS || !open.ready())) {
                    commit(batch);
                    chars = 0;
                }
            }
            commit(batch);
        }
        return read;
    }

    private void commit(List<JournalStore.Incoming> batch) throws JournalStore.BrokenJournal {
        if (batch.isEmpty()) {
            return;
        }
        long last = store.append(id, batch);
        for (JournalStore.Incoming event : batch) {
            switch (event.type()) {
                case "text", "thinking", "turn.finished", "agent.exited" -> feed.forgetDeltas(id);
                default -> {
                    // Finishes no text.
                }
            }
        }
        batch.clear();
        feed.publishEvents(id, last);
        feed.publishConversation(id);
    }

    private void delta(String data) {
        try {
            Delta delta = Json.MAPPER.readValue(data, Delta.class);
            if (delta != null
                    && delta.messageId() != null
                    && delta.text() != null
                    && delta.offset() >= 0
                    && delta.messageId().length() <= 200
                    && delta.text().length() <= MAX_DELTA_CHARS) {
                String kind = "thinking".equals(delta.kind()) ? "thinking" : "text";
                feed.publishDelta(id, new Delta(delta.messageId(), kind, delta.offset(), delta.text()));
            }
        } catch (JacksonException e) {
            log.debug("{}: a delta that is none", id);
        }
    }
}
