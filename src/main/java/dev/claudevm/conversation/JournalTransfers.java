package dev.claudevm.conversation;

import dev.claudevm.protocol.Command;
import dev.claudevm.workspace.WorkspaceId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;

/** Conversations as a whole, on their way out of this installation and into it. */
@Component
public class JournalTransfers {

    private static final int BATCH = 500;

    private final ConversationRepository conversations;
    private final CommandRepository commands;
    private final JournalStore store;

    JournalTransfers(ConversationRepository conversations, CommandRepository commands, JournalStore store) {
        this.conversations = conversations;
        this.commands = commands;
        this.store = store;
    }

    /** What a person said and the bridge has not taken yet. @param command as on the wire */
    public record Said(Command command, Instant at) {}

    /** @return in order */
    public List<Said> undelivered(ConversationId id) {
        return commands.undelivered(id);
    }

    /** It is not what a conversation can be. */
    public static final class NoConversation extends Exception {
        private static final long serialVersionUID = 1L;

        NoConversation(String why) {
            super(why);
        }
    }

    /** The record of one that comes. @param title null: the first message's beginning */
    public record Coming(
            ConversationId id,
            String agent,
            @Nullable String mode,
            @Nullable String title,
            long lastSeq,
            long seenSeq,
            Instant createdAt) {}

    /** @return whether there is one of that id */
    public boolean known(ConversationId id) {
        return conversations.find(id).isPresent();
    }

    /**
     * Takes one in the caller's transaction.
     *
     * @param events the journal from its first on, one line of JSON each
     * @throws NoConversation when they are none, or others than announced
     */
    public void take(WorkspaceId workspace, Coming coming, Iterator<String> events, List<Said> undelivered)
            throws NoConversation {
        conversations.insert(coming.id(), workspace, coming.agent(), coming.mode(), coming.title(), coming.createdAt());
        long last = 0;
        try {
            while (events.hasNext()) {
                List<JournalStore.Incoming> batch = new ArrayList<>();
                while (events.hasNext() && batch.size() < BATCH) {
                    batch.add(store.parse(events.next()));
                }
                last = store.append(coming.id(), batch);
            }
        } catch (JournalStore.BrokenJournal | JacksonException e) {
            throw new NoConversation("the conversation " + coming.id() + " is damaged: " + e.getMessage());
        }
        if (last != coming.lastSeq()) {
            throw new NoConversation(
                    "the conversation " + coming.id() + " has " + last + " events instead of " + coming.lastSeq());
        }
        for (Said said : undelivered) {
            commands.insert(coming.id(), workspace, said.command(), Written.of(said.command()), said.at());
        }
        conversations.seen(coming.id(), Math.min(coming.seenSeq(), last));
    }
}
