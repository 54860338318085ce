package dev.claudevm.conversation;

import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.BridgeException;
import dev.claudevm.protocol.Bridge.AgentSpec;
import dev.claudevm.workspace.WorkspaceId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What goes on with one connected bridge: for as long as that connection lives. */
class BridgeLink {

    private static final Logger log = LoggerFactory.getLogger(BridgeLink.class);
    private static final long FIRST_PAUSE_MS = 20;
    private static final long LONGEST_PAUSE_MS = 2_000;

    private final WorkspaceId id;
    private final BridgeClient bridge;
    private final JournalStore store;
    private final ConversationRepository conversations;
    private final Agents agents;
    private final Deliveries deliveries;
    private final Feed feed;
    private final AtomicBoolean started = new AtomicBoolean();
    private final Map<ConversationId, JournalReader> readers = new ConcurrentHashMap<>();
    private volatile boolean closed;

    BridgeLink(
            WorkspaceId id,
            BridgeClient bridge,
            JournalStore store,
            ConversationRepository conversations,
            Agents agents,
            Deliveries deliveries,
            Feed feed) {
        this.id = id;
        this.bridge = bridge;
        this.store = store;
        this.conversations = conversations;
        this.agents = agents;
        this.deliveries = deliveries;
        this.feed = feed;
    }

    BridgeClient bridge() {
        return bridge;
    }

    void start() {
        if (started.compareAndSet(false, true)) {
            Thread.ofVirtual().name("link-" + id).start(() -> {
                // Agents first: a command must not find a bridge that does not know how to start one.
                begin();
            });
        }
    }

    private void begin() {
        List<AgentSpec> specs = agents.specs();
        if (persist("agents", () -> bridge.agents(specs))) {
            conversations.of(id).forEach(conversation -> open(conversation, specs));
            deliveries.wake(id);
        }
    }

    /** A conversation was made, or an agent that was not known may be by now: conversations begin that can. */
    void tell() {
        Thread.ofVirtual().name("link-" + id).start(this::begin);
    }

    void watch() {
        readers.values().forEach(JournalReader::watch);
    }

    void close() {
        closed = true;
        readers.values().forEach(JournalReader::close);
    }

    /** After {@link #close}. */
    void awaitEnd() {
        readers.values().forEach(JournalReader::awaitEnd);
    }

    /** @param specs what the bridge knows: it takes no conversation with another agent */
    private void open(Conversation known, List<AgentSpec> specs) {
        ConversationId conversation = known.id();
        if (readers.containsKey(conversation)
                || specs.stream().noneMatch(spec -> spec.name().equals(known.agent()))) {
            return;
        }
        if (persist("conversation " + conversation, () -> bridge.open(Deliveries.spec(known)))) {
            JournalReader reader = new JournalReader(conversation, bridge, store, conversations, feed);
            if (readers.putIfAbsent(conversation, reader) == null) {
                reader.start();
                if (closed) {
                    reader.close();
                }
            }
        }
    }

    private interface Call {
        void run() throws BridgeException;
    }

    /** @return false when the link was closed, or the bridge said no for good */
    private boolean persist(String what, Call call) {
        long pause = FIRST_PAUSE_MS;
        while (!closed) {
            try {
                call.run();
                return true;
            } catch (BridgeException e) {
                if (e.kind() == BridgeException.Kind.REFUSED) {
                    log.error("{}: its bridge refuses {}: {}", id, what, e.getMessage());
                    return false;
                }
                log.debug("{}: {} not told yet: {}", id, what, e.getMessage());
            } catch (RuntimeException e) {
                log.error("{}: {} could not be told", id, what, e);
            }
            try {
                Thread.sleep(pause);
                pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return false;
    }
}
