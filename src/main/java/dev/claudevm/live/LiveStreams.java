package dev.claudevm.live;

import dev.claudevm.access.AccessRevoked;
import dev.claudevm.access.Caller;
import dev.claudevm.conversation.Agents;
import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.conversation.Feed;
import dev.claudevm.workspace.WorkspaceService;
import java.io.IOException;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Service;

/** The streams that are open. They end when the reader goes, when its login is revoked, and when the server stops. */
@Service
class LiveStreams {

    private final ConversationService conversations;
    private final WorkspaceService workspaces;
    private final Overviews overviews;
    private final Agents agents;
    private final Feed feed;
    private final Clock clock;
    private final Map<Signals, String> open = new ConcurrentHashMap<>();

    LiveStreams(
            ConversationService conversations,
            WorkspaceService workspaces,
            Overviews overviews,
            Agents agents,
            Feed feed,
            Clock clock) {
        this.conversations = conversations;
        this.workspaces = workspaces;
        this.overviews = overviews;
        this.agents = agents;
        this.feed = feed;
        this.clock = clock;
    }

    /**
     * What a reader wants.
     *
     * @param conversation whose journal it follows; null: none
     * @param after the last number it has; null: it has none
     * @param tail with no {@code after}: only so many of the newest events; null: all
     * @param page also overview, pending commands and snapshots, as a page needs them
     */
    record Wish(
            @Nullable ConversationId conversation,
            @Nullable Long after,
            @Nullable Integer tail,
            boolean page) {}

    /** Writes until the reader is gone. Blocks the calling (virtual) thread. */
    void write(Sse out, Wish wish, Caller reader) throws IOException, InterruptedException {
        Signals signals = new Signals();
        open.put(signals, reader.credentialId());
        try (Feed.Subscription overview = wish.page() ? feed.joinOverview(signals::overview) : () -> {}) {
            new LiveStream(out, signals, wish, conversations, workspaces, overviews, agents, clock).run(feed);
        } finally {
            open.remove(signals);
        }
    }

    @EventListener
    void on(AccessRevoked revoked) {
        open.forEach((signals, credential) -> {
            if (credential.equals(revoked.credentialId())) {
                signals.close();
            }
        });
    }

    /** Said before anything is stopped: the web server waits for requests, and streams never end by themselves. */
    @EventListener
    void on(ContextClosedEvent closing) {
        open.keySet().forEach(Signals::close);
    }
}
