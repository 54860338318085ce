package dev.claudevm.conversation;

import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.Json;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * What waits in the workspaces' queues: the table {@code message}. Each event costs what the queue is long, however long
 * the journal is.
 */
@Repository
class QueueRepository {

    private static final int MAX_ID_CHARS = 200;

    private final JdbcClient db;

    QueueRepository(JdbcClient db) {
        this.db = db;
    }

    /** Called in the transaction that stores the event. Events that are not about the queue change nothing. */
    void on(ConversationId id, EventBody body, long seq) {
        switch (body) {
            case EventBody.MessageQueued e -> queued(id, e, seq);
            case EventBody.MessageEdited e ->
                db.sql(
                                "update message set text = ?, text_seq = ? where conversation_id = ? and id = ? and place is not null")
                        .params(Arrays.asList(e.text(), seq, id.value(), e.messageId()))
                        .update();
            case EventBody.MessageMoved e -> moved(id, e);
            case EventBody.MessageWithdrawn e -> taken(id, e.messageId());
            case EventBody.MessageSteered e -> taken(id, e.messageId());
            case EventBody.TurnStarted e -> taken(id, e.messageId());
            case EventBody.MessageReturned e -> returned(id, e.messageId());
            default -> {
                // Not about the queue.
            }
        }
    }

    /** @return the next one first */
    List<Waiting> waiting(ConversationId id) {
        return db.sql("""
                select id, text, said_by, attachments from message
                where conversation_id = ? and place is not null order by place""")
                .param(id.value())
                .query((row, number) -> new Waiting(
                        row.getString("id"),
                        row.getString("text"),
                        row.getString("said_by"),
                        row.getInt("attachments")))
                .list();
    }

    int count(ConversationId id) {
        return db.sql("select count(*) from message where conversation_id = ? and place is not null")
                .param(id.value())
                .query(Integer.class)
                .single();
    }

    private void queued(ConversationId id, EventBody.MessageQueued e, long seq) {
        if (e.messageId().length() > MAX_ID_CHARS) {
            return;
        }
        int attachments = e.attachments() == null ? 0 : e.attachments().size();
        String by = Titles.cut(e.by(), 200);
        int known = db.sql("""
                update message set said_by = ?, place = ?, text = ?, text_seq = ?, attachments = ?
                where conversation_id = ? and id = ?""")
                .params(Arrays.asList(by, seq, e.text(), seq, attachments, id.value(), e.messageId()))
                .update();
        if (known == 0) {
            // Numbers of events grow, and so do places at the end.
            db.sql("""
                    insert into message (said_by, place, text, text_seq, attachments, conversation_id, id)
                    values (?, ?, ?, ?, ?, ?, ?)""")
                    .params(Arrays.asList(by, seq, e.text(), seq, attachments, id.value(), e.messageId()))
                    .update();
        }
    }

    private void moved(ConversationId id, EventBody.MessageMoved e) {
        record Place(String id, long place) {}
        List<Place> before = db.sql(
                        "select id, place from message where conversation_id = ? and place is not null order by place")
                .param(id.value())
                .query((row, number) -> new Place(row.getString(1), row.getLong(2)))
                .list();
        List<String> order = new ArrayList<>(before.stream().map(Place::id).toList());
        if (!order.remove(e.messageId())) {
            return;
        }
        int at = e.before() == null ? -1 : order.indexOf(e.before());
        order.add(at < 0 ? order.size() : at, e.messageId());
        for (int i = 0; i < order.size(); i++) {
            // The same places, other messages in them.
            if (!order.get(i).equals(before.get(i).id())) {
                place(id, order.get(i), before.get(i).place());
            }
        }
    }

    private void returned(ConversationId id, String messageId) {
        List<Long> textSeq = db.sql(
                        "select text_seq from message where conversation_id = ? and id = ? and place is null")
                .params(id.value(), messageId)
                .query(Long.class)
                .list();
        if (textSeq.isEmpty()) {
            return;
        }
        String json = db.sql("select json from event where conversation_id = ? and seq = ?")
                .params(id.value(), textSeq.getFirst())
                .query(String.class)
                .single();
        Long first = db.sql(
                        "select coalesce(min(place), 0) from message where conversation_id = ? and place is not null")
                .param(id.value())
                .query(Long.class)
                .single();
        db.sql("update message set place = ?, text = ? where conversation_id = ? and id = ?")
                .params(Arrays.asList(
                        first - 1, Json.MAPPER.readTree(json).path("text").asString(""), id.value(), messageId))
                .update();
    }

    private void taken(ConversationId id, @Nullable String messageId) {
        db.sql("update message set place = null, text = null where conversation_id = ? and id = ?")
                .params(Arrays.asList(id.value(), messageId))
                .update();
    }

    private void place(ConversationId id, String messageId, long place) {
        db.sql("update message set place = ? where conversation_id = ? and id = ?")
                .params(Arrays.asList(place, id.value(), messageId))
                .update();
    }
}
