package dev.claudevm.conversation;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The mirror of the journals. */
@Repository
class EventRepository {

    private static final RowMapper<StoredEvent> ROW =
            (row, number) -> new StoredEvent(row.getLong("seq"), row.getString("type"), row.getString("json"));

    private final JdbcClient db;
    private final JdbcOperations batches;

    EventRepository(JdbcClient db, JdbcOperations batches) {
        this.db = db;
        this.batches = batches;
    }

    /** An event on its way into the mirror. */
    record Fresh(Instant at, StoredEvent event) {}

    void insert(ConversationId id, List<Fresh> events) {
        batches.batchUpdate(
                "insert into event (conversation_id, seq, at, type, json) values (?, ?, ?, ?, ?)",
                events.stream()
                        .map(fresh -> new Object[] {
                            id.value(),
                            fresh.event().seq(),
                            fresh.at().atOffset(ZoneOffset.UTC),
                            fresh.event().type(),
                            fresh.event().json()
                        })
                        .toList());
    }

    /** @return at most {@code limit} events after that number, in order */
    List<StoredEvent> after(ConversationId id, long after, int limit) {
        return db.sql("select seq, type, json from event where conversation_id = ? and seq > ? order by seq limit ?")
                .params(id.value(), after, limit)
                .query(ROW)
                .list();
    }

    /** @return the last {@code limit} events before that number, in order */
    List<StoredEvent> before(ConversationId id, long before, int limit) {
        List<StoredEvent> newestFirst = new ArrayList<>(db.sql(
                        "select seq, type, json from event where conversation_id = ? and seq < ? order by seq desc limit ?")
                .params(id.value(), before, limit)
                .query(ROW)
                .list());
        Collections.reverse(newestFirst);
        return newestFirst;
    }
}
