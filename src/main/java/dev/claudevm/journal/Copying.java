package dev.claudevm.journal;

import dev.claudevm.conversation.Conversation;
import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.conversation.StoredEvent;
import dev.claudevm.secret.Secrets;
import dev.claudevm.store.ObjectStore;
import dev.claudevm.store.StoreException;
import dev.claudevm.workspace.WorkspaceId;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Writes one journal's next segment. May be repeated after a crash at any point. */
@Component
class Copying {

    /** What is written again and again stays small. */
    private static final int MAX_EVENTS = 2_000;

    private static final int MAX_CHARS = 256 * 1024;
    private static final int PAGE = 500;

    private final ConversationService conversations;
    private final CopyRepository copies;
    private final JournalKeys keys;
    private final ObjectStore store;

    Copying(ConversationService conversations, CopyRepository copies, JournalKeys keys, ObjectStore store) {
        this.conversations = conversations;
        this.copies = copies;
        this.keys = keys;
        this.store = store;
    }

    /** Returns when the store has what the mirror had in between. */
    void bring(CopyRepository.Behind journal) throws StoreException, Secrets.Unreadable {
        for (CopyRepository.Behind rest = journal; rest != null; rest = next(rest)) {
            // Segment by segment.
        }
    }

    /** @return where it goes on after a segment that is full; null: that was all */
    private CopyRepository.@Nullable Behind next(CopyRepository.Behind journal)
            throws StoreException, Secrets.Unreadable {
        Conversation talk = conversations.find(journal.conversation()).orElse(null);
        List<StoredEvent> events = new ArrayList<>();
        if (talk == null) {
            return null;
        }
        boolean full = read(journal.conversation(), journal.segmentFrom(), events);
        if (events.isEmpty()) {
            return null;
        }
        long last = events.getLast().seq();
        Segment segment = new Segment(journal.workspace(), journal.conversation(), journal.segmentFrom(), last);
        put(segment, talk, events);
        CopyRepository.Behind now = new CopyRepository.Behind(
                journal.workspace(), journal.conversation(), full ? last + 1 : segment.from(), last);
        if (!copies.kept(now)) {
            // It was purged meanwhile: nobody would look for this object.
            store.delete(segment.key());
            return null;
        }
        if (full) {
            tidy(segment);
            return now;
        }
        if (journal.kept() >= segment.from() && journal.kept() < last) {
            store.delete(
                    new Segment(segment.workspace(), segment.conversation(), segment.from(), journal.kept()).key());
        }
        return null;
    }

    /** @return whether no more fits into the segment */
    private boolean read(ConversationId id, long from, List<StoredEvent> into) {
        long after = from - 1;
        long chars = 0;
        while (true) {
            List<StoredEvent> page = conversations.eventsAfter(id, after, PAGE);
            for (StoredEvent event : page) {
                into.add(event);
                chars += event.json().length();
                if (chars >= MAX_CHARS || into.size() == MAX_EVENTS) {
                    return true;
                }
            }
            if (page.size() < PAGE) {
                return false;
            }
            after = page.getLast().seq();
        }
    }

    private void put(Segment segment, Conversation talk, List<StoredEvent> events)
            throws StoreException, Secrets.Unreadable {
        byte[] sealed = new SegmentContent(
                        new SegmentContent.Head(talk.agent(), talk.mode(), talk.title()),
                        events.stream().map(StoredEvent::json).toList())
                .sealed(keys.of(segment.workspace()), segment);
        store.put(segment.key(), new ByteArrayInputStream(sealed), sealed.length);
    }

    /** Removes what a crash between two steps has left. */
    private void tidy(Segment whole) throws StoreException {
        for (ObjectStore.Entry entry : store.list(Segment.folder(whole.workspace(), whole.conversation()))) {
            if (Segment.of(entry.key()).filter(whole::covers).isPresent()) {
                store.delete(entry.key());
            }
        }
    }

    /** Its segments are removed already, with everything else of the workspace. */
    void forget(WorkspaceId workspace) {
        keys.forget(workspace.value());
    }
}
