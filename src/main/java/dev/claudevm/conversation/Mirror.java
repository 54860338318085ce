package dev.claudevm.conversation;

import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.BridgeException;
import dev.claudevm.gateway.Gateway;
import dev.claudevm.gateway.PresenceChanged;
import dev.claudevm.workspace.WorkspaceChanged;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Keeps the mirror up to date: when a bridge comes home it is told the agents and the conversations, each journal gets a
 * reader, and the outbox is emptied into it; when it goes, the readers end.
 */
@Component
class Mirror implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Mirror.class);
    private static final Duration WATCH = Duration.ofSeconds(1);

    private final Gateway gateway;
    private final ConversationRepository conversations;
    private final CommandRepository commands;
    private final JournalStore store;
    private final Agents agents;
    private final Arrivals arrivals;
    private final Deliveries deliveries;
    private final WorkspaceService workspaces;
    private final Feed feed;
    private final Map<WorkspaceId, BridgeLink> links = new ConcurrentHashMap<>();
    private volatile @Nullable Thread watcher;

    Mirror(
            Gateway gateway,
            ConversationRepository conversations,
            CommandRepository commands,
            JournalStore store,
            Agents agents,
            Arrivals arrivals,
            Deliveries deliveries,
            WorkspaceService workspaces,
            Feed feed) {
        this.gateway = gateway;
        this.conversations = conversations;
        this.commands = commands;
        this.store = store;
        this.agents = agents;
        this.arrivals = arrivals;
        this.deliveries = deliveries;
        this.workspaces = workspaces;
        this.feed = feed;
    }

    @EventListener
    void on(PresenceChanged change) {
        WorkspaceId id = new WorkspaceId(change.workspaceId());
        BridgeClient bridge = gateway.bridge(change.workspaceId()).orElse(null);
        BridgeLink link = links.compute(id, (key, before) -> {
            if (before != null && before.bridge() == bridge) {
                return before;
            }
            if (before != null) {
                before.close();
            }
            return bridge == null
                    ? null
                    : new BridgeLink(id, bridge, store, conversations, agents, arrivals, deliveries, feed);
        });
        if (link != null) {
            link.start();
        }
    }

    @EventListener
    void on(WorkspaceChanged change) {
        conversations.of(change.id()).forEach(conversation -> feed.publishConversation(conversation.id()));
        feed.publishOverview();
        startForWaiting(change.id());
    }

    @EventListener
    void on(AgentsChanged change) {
        links.values().forEach(BridgeLink::tell);
        commands.undelivered().forEach(waiting -> feed.publishPending(waiting.conversation()));
        feed.publishOverview();
    }

    /** A conversation was made. */
    void added(WorkspaceId workspace) {
        BridgeLink link = links.get(workspace);
        if (link != null) {
            link.tell();
        }
    }

    /** What was said while the workspace stopped, or just before the server died, starts it. */
    private void startForWaiting(@Nullable WorkspaceId only) {
        for (CommandRepository.Waiting waiting : commands.waiting()) {
            if (only == null || waiting.workspace().equals(only)) {
                workspaces.startForWaiting(waiting.workspace(), waiting.newest());
            }
        }
    }

    /** @throws BridgeException when the bridge cannot be reached */
    java.io.InputStream toolOutput(Conversation conversation, String toolId) throws BridgeException {
        BridgeClient bridge = gateway.bridge(conversation.workspaceId().value())
                .orElseThrow(() -> dev.claudevm.problem.Problem.unavailable(
                        "The workspace is offline.",
                        "Start it to read the whole output; the conversation has the part that was kept."));
        return bridge.toolOutput(conversation.id().value(), toolId);
    }

    @Override
    public void start() {
        startForWaiting(null);
        watcher = Thread.ofVirtual().name("mirror-watch").start(() -> {
            try {
                while (true) {
                    Thread.sleep(WATCH);
                    links.values().forEach(BridgeLink::watch);
                }
            } catch (InterruptedException stopped) {
                log.debug("Mirror ends");
            }
        });
    }

    @Override
    public void stop() {
        Thread running = watcher;
        if (running != null) {
            running.interrupt();
            watcher = null;
        }
        links.values().forEach(BridgeLink::close);
        deliveries.close();
        links.values().forEach(BridgeLink::awaitEnd);
        links.clear();
    }

    @Override
    public boolean isRunning() {
        return watcher != null;
    }

    /** After the workspaces know how they are. */
    @Override
    public int getPhase() {
        return 200;
    }
}
