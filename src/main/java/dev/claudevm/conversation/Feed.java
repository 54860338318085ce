package dev.claudevm.conversation;

import dev.claudevm.protocol.Delta;
import java.util.List;

/**
 * Tells who listens that something is new. It carries no promise: events and states are read from the database, so a lost
 * call costs time and nothing else. Only deltas exist nowhere but here. Listeners are called by the thread that has the
 * news, in order, and must not block.
 */
public interface Feed {

    /** Hears of one conversation. */
    interface Listener {
        /** Events up to this number are in the database. */
        void events(long lastSeq);

        void delta(Delta delta);

        /** The commands that the bridge has not taken have changed. */
        void pending();

        /** The conversation or its workspace has changed. */
        void conversation();
    }

    /** Ends a subscription; may be called twice. */
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    /** @param unfinished the texts that are being written right now, from their beginning */
    record Joined(Subscription subscription, List<Delta> unfinished) {}

    Joined join(ConversationId id, Listener listener);

    /** @param changed anything that an overview over all workspaces shows has changed */
    Subscription joinOverview(Runnable changed);

    void publishEvents(ConversationId id, long lastSeq);

    void publishDelta(ConversationId id, Delta delta);

    /** A text is finished (it is an event now), or will never be: its deltas are forgotten. */
    void forgetDeltas(ConversationId id);

    void publishPending(ConversationId id);

    void publishConversation(ConversationId id);

    void publishOverview();
}
