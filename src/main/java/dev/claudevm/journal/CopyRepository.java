package dev.claudevm.journal;

import dev.claudevm.conversation.ConversationId;
import dev.claudevm.workspace.WorkspaceId;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The table {@code journal_copy}. */
@Repository
class CopyRepository {

    private final JdbcClient db;

    CopyRepository(JdbcClient db) {
        this.db = db;
    }

    /**
     * A journal that has more than the store.
     *
     * @param segmentFrom the first event of the segment that is not full
     * @param kept the last event that is in the store; 0: none
     */
    record Behind(WorkspaceId workspace, ConversationId conversation, long segmentFrom, long kept) {}

    /**
     * @param after only ids after this one
     * @return at most so many, by id
     */
    List<Behind> behind(String after, int limit) {
        return db.sql("""
                select c.workspace_id, c.id, coalesce(k.segment_from, 1) as segment_from, coalesce(k.kept_seq, 0) as kept
                from conversation c left join journal_copy k on k.conversation_id = c.id
                where c.last_seq > coalesce(k.kept_seq, 0) and c.id > ? order by c.id limit ?""")
                .params(after, limit)
                .query((row, number) -> new Behind(
                        new WorkspaceId(row.getString("workspace_id")),
                        new ConversationId(row.getString("id")),
                        row.getLong("segment_from"),
                        row.getLong("kept")))
                .list();
    }

    /** @return how many of the workspace's events are not in the store */
    long missing(WorkspaceId workspace) {
        return db.sql("""
                select coalesce(sum(c.last_seq - coalesce(k.kept_seq, 0)), 0)
                from conversation c left join journal_copy k on k.conversation_id = c.id
                where c.workspace_id = ? and c.last_seq > coalesce(k.kept_seq, 0)""").param(workspace.value()).query(Long.class).single();
    }

    /** @return false: there is no such conversation any more */
    boolean kept(Behind now) {
        return db.sql("update journal_copy set segment_from = ?, kept_seq = ? where conversation_id = ?")
                                .params(
                                        now.segmentFrom(),
                                        now.kept(),
                                        now.conversation().value())
                                .update()
                        > 0
                || db.sql("""
                        insert into journal_copy (conversation_id, segment_from, kept_seq)
                        select id, ?, ? from conversation where id = ?""")
                                .params(
                                        now.segmentFrom(),
                                        now.kept(),
                                        now.conversation().value())
                                .update()
                        > 0;
    }
}
