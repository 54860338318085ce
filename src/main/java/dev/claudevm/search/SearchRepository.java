package dev.claudevm.search;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** What the index is made of and results are shown with; reads only. */
@Repository
class SearchRepository {

    private static final String TALK = """
            select c.id, c.workspace_id, case when c.title_chosen then c.title else '' end as title, c.last_seq, c.updated_at, w.name
            from conversation c join workspace w on w.id = c.workspace_id
            """;

    /** So many events after a message was said, its turn is looked for. */
    private static final int TURN_WITHIN = 5_000;

    private final JdbcClient db;

    SearchRepository(JdbcClient db) {
        this.db = db;
    }

    /**
     * @param after only ids after this one
     * @return at most so many, by id; none of a workspace that is being purged
     */
    List<Talk> talks(String after, int limit) {
        return db.sql(TALK + "where c.id > ? and (w.work is null or w.work <> 'purge') order by c.id limit ?")
                .params(after, limit)
                .query((row, number) -> new Talk(
                        row.getString("id"),
                        row.getString("workspace_id"),
                        row.getString("title"),
                        row.getString("name"),
                        row.getLong("last_seq"),
                        row.getObject("updated_at", OffsetDateTime.class).toInstant()))
                .list();
    }

    /**
     * @return ids of the workspaces whose conversations a person who is logged in may read: all that there is a record of, deleted ones
     *     too, but none that is being purged
     */
    List<String> readable() {
        return db.sql("select id from workspace where work is null or work <> 'purge'")
                .query(String.class)
                .list();
    }

    /** @return the event with which a message entered the log; empty: it waits, or has waited for very long */
    Optional<Long> place(String conversation, String messageId, long saidAt) {
        return db.sql("""
                select min(seq) from event where conversation_id = ? and seq > ? and seq <= ?
                and type in ('turn.started', 'message.steered') and json like ? escape '!'""")
                .params(
                        conversation,
                        saidAt,
                        saidAt + TURN_WITHIN,
                        "%\"messageId\":\"" + messageId.replaceAll("[!%_]", "!$0") + "\"%")
                .query(Long.class)
                .optional();
    }
}
