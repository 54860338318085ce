package dev.claudevm.journal;

import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.secret.Secrets;
import dev.claudevm.store.ObjectStore;
import dev.claudevm.store.StoreException;
import dev.claudevm.workspace.WorkspaceId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Brings back what the store has and the mirror has not: the database was put back to an older state. */
@Component
class LostEvents {

    private static final Logger log = LoggerFactory.getLogger(LostEvents.class);

    private final ConversationService conversations;
    private final JournalKeys keys;
    private final ObjectStore store;

    LostEvents(ConversationService conversations, JournalKeys keys, ObjectStore store) {
        this.conversations = conversations;
        this.keys = keys;
        this.store = store;
    }

    void bringBack(WorkspaceId workspace) throws StoreException, Secrets.Unreadable {
        Map<ConversationId, List<Segment>> all = new HashMap<>();
        for (ObjectStore.Entry entry : store.list(Segment.folder(workspace))) {
            Segment.of(entry.key())
                    .ifPresent(segment -> all.computeIfAbsent(segment.conversation(), key -> new ArrayList<>())
                            .add(segment));
        }
        for (Map.Entry<ConversationId, List<Segment>> journal : all.entrySet()) {
            try {
                bringBack(journal.getKey(), journal.getValue());
            } catch (IOException e) {
                log.error("{}: its copy in the store cannot be read: {}", journal.getKey(), e.getMessage());
            }
        }
    }

    private void bringBack(ConversationId id, List<Segment> segments)
            throws StoreException, Secrets.Unreadable, IOException {
        long begun = conversations.lastSeq(id);
        long last = begun;
        for (Optional<Segment> next = after(last, segments); next.isPresent(); next = after(last, segments)) {
            Segment segment = next.get();
            SegmentContent content = read(segment);
            if (content.events().size() != segment.to() - segment.from() + 1) {
                throw new IOException(segment.key() + " has not the events of its name");
            }
            var head = content.head();
            last = conversations.bringBack(
                    segment.workspace(),
                    id,
                    head.agent(),
                    head.mode(),
                    head.title(),
                    content.events()
                            .subList(
                                    (int) (last + 1 - segment.from()),
                                    content.events().size()));
        }
        if (last > begun) {
            log.warn("{}: its events {} to {} were brought back from the object store", id, begun + 1, last);
        }
    }

    private static Optional<Segment> after(long last, List<Segment> segments) {
        return segments.stream()
                .filter(segment -> segment.from() <= last + 1 && segment.to() > last)
                .max(Comparator.comparingLong(Segment::to));
    }

    private SegmentContent read(Segment segment) throws StoreException, Secrets.Unreadable, IOException {
        try (ObjectStore.Content content =
                store.get(segment.key(), null).orElseThrow(() -> new IOException(segment.key() + " has just gone"))) {
            byte[] sealed = content.stream().readAllBytes();
            if (sealed.length != content.bytes()) {
                throw new IOException(segment.key() + " was cut off");
            }
            return SegmentContent.open(keys.of(segment.workspace()), segment, sealed);
        }
    }
}
