package dev.claudevm.conversation;

import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventCodec;
import dev.claudevm.protocol.Json;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes a journal's events into the mirror: in order, without a gap, each once, and what lists show of them in the same
 * transaction. What a bridge says is believed only about its own conversation, and only as far as it makes sense.
 */
@Component
class JournalStore {

    private static final Logger log = LoggerFactory.getLogger(JournalStore.class);
    private static final Pattern TYPE = Pattern.compile("[a-z][a-z0-9._-]{0,59}");
    private static final Duration CLOCKS_DIFFER = Duration.ofDays(1);

    private final ConversationRepository conversations;
    private final EventRepository events;
    private final RequestRepository requests;
    private final QueueRepository queue;
    private final TransactionTemplate transaction;
    private final Clock clock;

    JournalStore(
            ConversationRepository conversations,
            EventRepository events,
            RequestRepository requests,
            QueueRepository queue,
            TransactionTemplate transaction,
            Clock clock) {
        this.conversations = conversations;
        this.events = events;
        this.requests = requests;
        this.queue = queue;
        this.transaction = transaction;
        this.clock = clock;
    }

    /** A journal is not what it should be: a number is missing, or it is no event at all. */
    static final class BrokenJournal extends Exception {
        private static final long serialVersionUID = 1L;

        BrokenJournal(String message) {
            super(message);
        }
    }

    /** An event as it came, checked as far as everything depends on it. */
    record Incoming(long seq, Instant at, String type, ObjectNode json) {}

    Incoming parse(String data) throws BrokenJournal {
        JsonNode json;
        try {
            json = Json.MAPPER.readTree(data);
        } catch (JacksonException e) {
            throw new BrokenJournal("not JSON");
        }
        if (!(json instanceof ObjectNode object)) {
            throw new BrokenJournal("no JSON object");
        }
        JsonNode seq = object.path("seq");
        String type = object.path("type").stringValue("");
        if (!seq.isIntegralNumber()
                || !seq.canConvertToLong()
                || !TYPE.matcher(type).matches()) {
            throw new BrokenJournal("no number or no type");
        }
        return new Incoming(seq.longValue(), time(object.path("at").stringValue("")), type, object);
    }

    /**
     * @param batch consecutive
     * @return the number of the newest event in the mirror
     * @throws BrokenJournal when the first is not the next one
     */
    long append(ConversationId id, List<Incoming> batch) throws BrokenJournal {
        Long last = transaction.execute(status -> {
            Conversation conversation = conversations.lock(id).orElse(null);
            if (conversation == null) {
                return -1L;
            }
            List<Incoming> fresh =
                    batch.stream().filter(e -> e.seq() > conversation.lastSeq()).toList();
            if (fresh.isEmpty()) {
                return conversation.lastSeq();
            }
            if (fresh.getFirst().seq() != conversation.lastSeq() + 1) {
                return -1L;
            }
            List<EventRepository.Fresh> rows = new ArrayList<>(fresh.size());
            Projection projection = new Projection(conversation);
            for (Incoming event : fresh) {
                rows.add(new EventRepository.Fresh(
                        event.at(),
                        new StoredEvent(event.seq(), event.type(), Json.MAPPER.writeValueAsString(event.json()))));
            }
            events.insert(id, rows);
            for (Incoming event : fresh) {
                project(id, event, projection);
            }
            conversations.update(projection.settled(requests.countOpen(id), queue.count(id)));
            return fresh.getLast().seq();
        });
        if (last == null || last < 0) {
            throw new BrokenJournal("event " + batch.getFirst().seq() + " is not the next one");
        }
        return last;
    }

    private void project(ConversationId id, Incoming incoming, Projection projection) {
        Event event;
        try {
            event = EventCodec.fromJson(incoming.json());
        } catch (IllegalArgumentException e) {
            log.warn("{}: event {} ({}) is not understood", id, incoming.seq(), incoming.type());
            projection.unknown(incoming.seq(), incoming.at());
            return;
        }
        try {
            projection.on(event, incoming.at());
            request(id, event.body(), incoming);
            queue.on(id, event.body(), incoming.seq());
        } catch (NullPointerException missing) {
            // A known type without a field that it must have. The event is kept; lists show nothing of it.
            log.warn("{}: event {} ({}) lacks a field", id, incoming.seq(), incoming.type());
            projection.unknown(incoming.seq(), incoming.at());
        }
    }

    private void request(ConversationId id, EventBody body, Incoming incoming) {
        switch (body) {
            case EventBody.ApprovalOpened e -> {
                if (own(id, e.approvalId())) {
                    requests.openApproval(
                            e.approvalId(),
                            id,
                            Titles.cut(e.tool(), 200),
                            Titles.cut(e.title(), 2000),
                            incoming.json(),
                            incoming.at());
                }
            }
            case EventBody.ApprovalResolved e ->
                requests.resolve(
                        e.approvalId(),
                        id,
                        Titles.cut(e.by(), 200),
                        e.decision().name().toLowerCase(Locale.ROOT),
                        incoming.at());
            case EventBody.QuestionOpened e -> {
                if (own(id, e.questionId())) {
                    requests.openQuestion(e.questionId(), id, incoming.json(), incoming.at());
                }
            }
            case EventBody.QuestionAnswered e ->
                requests.resolve(
                        e.questionId(),
                        id,
                        Titles.cut(e.by(), 200),
                        e.withdrawn() ? "withdrawn" : "answered",
                        incoming.at());
            default -> {
                // Asks nothing.
            }
        }
    }

    /** Ids are unique over all conversations because each begins with its own. */
    private boolean own(ConversationId id, String requestId) {
        boolean own = requestId.startsWith(id.value() + ".") && requestId.length() <= 200;
        if (!own) {
            log.warn("{}: asks under an id that is not its own; ignored", id);
        }
        return own;
    }

    /** A workspace's clock may be anything. */
    private Instant time(String at) {
        Instant now = clock.instant();
        try {
            Instant said = Instant.parse(at);
            boolean plausible = said.isAfter(Instant.EPOCH) && said.isBefore(now.plus(CLOCKS_DIFFER));
            return plausible ? said : now;
        } catch (DateTimeException e) {
            return now;
        }
    }
}
