package dev.claudevm.live;

import dev.claudevm.conversation.Agents;
import dev.claudevm.conversation.Conversation;
import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.conversation.Feed;
import dev.claudevm.conversation.StoredEvent;
import dev.claudevm.protocol.Delta;
import dev.claudevm.workspace.WorkspaceService;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One reader's stream. Everything in it is used by the thread that runs it, but for {@link Signals}. */
final class LiveStream {

    /** So often that a page that hears nothing for 1.8 s may be sure that the connection is lost. */
    private static final Duration BEAT = Duration.ofMillis(700);

    /** A fast stream of unfinished text is written in pieces of about this length. */
    private static final Duration DELTA_GRAIN = Duration.ofMillis(20);

    private static final Duration OVERVIEW_GRAIN = Duration.ofMillis(200);
    private static final int PAGE = 500;

    private final Sse out;
    private final Signals signals;
    private final LiveStreams.Wish wish;
    private final ConversationService conversations;
    private final WorkspaceService workspaces;
    private final Overviews overviews;
    private final Agents agents;
    private final Clock clock;
    private long sent;
    private long lastDelta;
    private long lastOverview;
    private @Nullable Overview shownOverview;

    LiveStream(
            Sse out,
            Signals signals,
            LiveStreams.Wish wish,
            ConversationService conversations,
            WorkspaceService workspaces,
            Overviews overviews,
            Agents agents,
            Clock clock) {
        this.out = out;
        this.signals = signals;
        this.wish = wish;
        this.conversations = conversations;
        this.workspaces = workspaces;
        this.overviews = overviews;
        this.agents = agents;
        this.clock = clock;
    }

    void run(Feed feed) throws IOException, InterruptedException {
        ConversationId id = wish.conversation();
        if (id == null) {
            overview();
            beat();
            follow();
            return;
        }
        Conversation conversation = conversations.get(id);
        Long after = wish.after();
        Integer tail = wish.tail();
        if (after != null) {
            sent = after;
        } else if (tail != null) {
            sent = Math.max(0, conversation.lastSeq() - tail);
        }
        // Joined before the backlog is read: what is written meanwhile is signalled, and found in the database.
        Feed.Joined joined = feed.join(id, signals);
        try (Feed.Subscription subscription = joined.subscription()) {
            if (wish.page()) {
                snapshot(id);
                pending(id);
            }
            events(id);
            if (wish.page()) {
                out.snapshot("caught-up", Map.of("last", sent));
            }
            deltas(joined.unfinished());
            if (wish.page()) {
                overview();
            }
            beat();
            follow();
        }
    }

    private void follow() throws IOException, InterruptedException {
        ConversationId id = wish.conversation();
        long beaten = System.nanoTime();
        boolean overviewIsDue = false;
        while (true) {
            Duration patience = BEAT.minusNanos(System.nanoTime() - beaten);
            Signals.News news =
                    signals.take(overviewIsDue && OVERVIEW_GRAIN.compareTo(patience) < 0 ? OVERVIEW_GRAIN : patience);
            if (news.closed()) {
                return;
            }
            if (id != null) {
                if (news.events()) {
                    events(id);
                }
                deltas(news.deltas());
                if (news.pending() && wish.page()) {
                    pending(id);
                }
                if (news.conversation() && wish.page()) {
                    snapshot(id);
                }
            }
            overviewIsDue |= news.overview() && wish.page();
            if (overviewIsDue && System.nanoTime() - lastOverview >= OVERVIEW_GRAIN.toNanos()) {
                overview();
                overviewIsDue = false;
            }
            if (System.nanoTime() - beaten >= BEAT.toNanos()) {
                beat();
                beaten = System.nanoTime();
            }
            out.flush();
            pace(news.deltas());
        }
    }

    /** The first piece goes at once; behind it, more is collected for a moment. */
    private void pace(List<Delta> written) throws InterruptedException {
        if (written.isEmpty()) {
            return;
        }
        long now = System.nanoTime();
        long left = DELTA_GRAIN.toNanos() - (now - lastDelta);
        lastDelta = now;
        if (left > 0) {
            Thread.sleep(Duration.ofNanos(left));
        }
    }

    private void events(ConversationId id) throws IOException {
        List<StoredEvent> page;
        do {
            page = conversations.eventsAfter(id, sent, PAGE);
            for (StoredEvent event : page) {
                out.event(event.seq(), event.type(), event.json());
                sent = event.seq();
            }
        } while (page.size() == PAGE);
    }

    private void deltas(List<Delta> deltas) throws IOException {
        for (Delta delta : deltas) {
            out.snapshot("delta", delta);
        }
    }

    private void pending(ConversationId id) throws IOException {
        out.snapshot("pending", Map.of("commands", conversations.pending(id)));
    }

    private void snapshot(ConversationId id) throws IOException {
        Conversation conversation = conversations.get(id);
        out.snapshot(
                "conversation",
                Snapshot.of(
                        conversation,
                        workspaces.get(conversation.workspaceId()),
                        agents,
                        conversations.need(conversation).orElse(null),
                        conversations.waiting(conversation)));
    }

    private void overview() throws IOException {
        lastOverview = System.nanoTime();
        Overview now = overviews.take();
        if (!now.equals(shownOverview)) {
            out.snapshot("overview", now);
            shownOverview = now;
        }
    }

    private void beat() throws IOException {
        out.snapshot("beat", Map.of("at", Instant.now(clock).toString()));
        out.flush();
    }
}
