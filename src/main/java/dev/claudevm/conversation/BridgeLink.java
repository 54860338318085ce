package dev.claudevm.conversation;

import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.BridgeException;
import dev.claudevm.protocol.Bridge.AgentSpec;
import dev.claudevm.workspace.WorkspaceId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What goes on with one connected bridge: for as long as that connection lives. */
class BridgeLink {

    private static final Logger log = LoggerFactory.getLogger(BridgeLink.class);
    private static final long FIRST_PAUSE_MS = 20;
    private static final long LONGEST_PAUSE_MS = 2_000;
    private static final long FIRST_PAUSE_OF_PROGRAMS_MS = 1_000;
    private static final long LONGEST_PAUSE_OF_PROGRAMS_MS = 60_000;

    private final WorkspaceId id;
    private final BridgeClient bridge;
    private final JournalStore store;
    private final ConversationRepository conversations;
    private final Agents agents;
    private final Arrivals arrivals;
    private final Deliveries deliveries;
    private final Feed feed;
    private final AtomicBoolean started = new AtomicBoolean();
    private final Map<ConversationId, JournalReader> readers = new ConcurrentHashMap<>();
    private final ReentrantLock telling = new ReentrantLock();
    private final AtomicBoolean bringing = new AtomicBoolean();
    private final CountDownLatch end = new CountDownLatch(1);
    private volatile long programsPauseMs = FIRST_PAUSE_OF_PROGRAMS_MS;
    private volatile boolean closed;

    BridgeLink(
            WorkspaceId id,
            BridgeClient bridge,
            JournalStore store,
            ConversationRepository conversations,
            Agents agents,
            Arrivals arrivals,
            Deliveries deliveries,
            Feed feed) {
        this.id = id;
        this.bridge = bridge;
        this.store = store;
        this.conversations = conversations;
        this.agents = agents;
        this.arrivals = arrivals;
        this.deliveries = deliveries;
        this.feed = feed;
    }

    BridgeClient bridge() {
        return bridge;
    }

    void start() {
        if (started.compareAndSet(false, true)) {
            tell();
        }
    }

    /** Until it is done: a database that is away comes back. */
    private void begin() {
        long pause = FIRST_PAUSE_MS;
        boolean done = false;
        while (!done && !closed) {
            try {
                tellAll();
                done = true;
            } catch (RuntimeException e) {
                log.warn("{}: what is known of its conversations cannot be read yet: {}", id, e.toString());
                try {
                    done = end.await(pause, TimeUnit.MILLISECONDS);
                    pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    done = true;
                }
            }
        }
    }

    /** Agents first: a command must not find a bridge that does not know how to start one. */
    private void tellAll() {
        telling.lock();
        try {
            if (closed) {
                return;
            }
            List<AgentSpec> specs = agents.specs();
            List<Conversation> all = conversations.of(id);
            Set<String> missing = all.stream()
                    .map(Conversation::agent)
                    .distinct()
                    .filter(agent -> knows(specs, agent) && !arrivals.look(id, agent))
                    .collect(Collectors.toSet());
            List<AgentSpec> usable = specs.stream()
                    .filter(spec -> !missing.contains(spec.name()))
                    .toList();
            // Those whose programs are on their way are started as they were; others do not wait for them.
            if (persist("agents", () -> {
                if (missing.isEmpty()) {
                    bridge.agents(specs);
                } else {
                    bridge.addAgents(usable);
                }
            })) {
                all.forEach(conversation -> open(conversation, specs, missing));
                deliveries.wake(id);
            }
            if (!missing.isEmpty()) {
                bring(missing);
            }
        } finally {
            telling.unlock();
        }
    }

    private static boolean knows(List<AgentSpec> specs, String agent) {
        return specs.stream().anyMatch(spec -> spec.name().equals(agent));
    }

    /** One after the other; then all is looked at again. */
    private void bring(Set<String> missing) {
        if (!bringing.compareAndSet(false, true)) {
            return;
        }
        Thread.ofVirtual().name("programs-" + id).start(() -> {
            try {
                boolean all = true;
                for (String agent : missing) {
                    all &= !closed && arrivals.bring(id, agent, () -> !closed);
                }
                if (all) {
                    programsPauseMs = FIRST_PAUSE_OF_PROGRAMS_MS;
                } else {
                    end.await(programsPauseMs, TimeUnit.MILLISECONDS);
                    programsPauseMs = Math.min(LONGEST_PAUSE_OF_PROGRAMS_MS, programsPauseMs * 2);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                bringing.set(false);
            }
            begin();
        });
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
        end.countDown();
        arrivals.forget(id);
        readers.values().forEach(JournalReader::close);
    }

    /** After {@link #close}. */
    void awaitEnd() {
        readers.values().forEach(JournalReader::awaitEnd);
    }

    /**
     * @param specs the bridge takes no conversation with another agent
     * @param missing agents whose programs are on their way: what the bridge has of them already is opened, the rest when they have come
     */
    private void open(Conversation known, List<AgentSpec> specs, Set<String> missing) {
        ConversationId conversation = known.id();
        if (readers.containsKey(conversation) || !knows(specs, known.agent())) {
            return;
        }
        if (missing.contains(known.agent())
                ? tried(known)
                : persist("conversation " + conversation, () -> bridge.open(Deliveries.spec(known)))) {
            JournalReader reader = new JournalReader(conversation, bridge, store, conversations, feed);
            if (readers.putIfAbsent(conversation, reader) == null) {
                reader.start();
                if (closed) {
                    reader.close();
                }
            }
        }
    }

    private boolean tried(Conversation known) {
        try {
            bridge.open(Deliveries.spec(known));
            return true;
        } catch (BridgeException e) {
            log.debug("{}: conversation {} waits for its agent: {}", id, known.id(), e.getMessage());
            return false;
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
