package dev.claudevm.conversation;

import dev.claudevm.protocol.Json;
import dev.claudevm.workspace.WorkspaceId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import tools.jackson.databind.JsonNode;

/** The table {@code conversation}. */
@Repository
class ConversationRepository {

    private final JdbcClient db;

    ConversationRepository(JdbcClient db) {
        this.db = db;
    }

    void insert(
            ConversationId id,
            WorkspaceId workspace,
            String agent,
            @Nullable String mode,
            @Nullable String title,
            Instant now) {
        db.sql("""
                insert into conversation (id, workspace_id, agent, mode, title, title_chosen, state, last_seq, seen_seq, queued,
                  paused, turn_finished_seq, cost_usd, created_at, updated_at)
                values (?, ?, ?, ?, ?, ?, 'idle', 0, 0, 0, false, 0, 0, ?, ?)""")
                .params(Arrays.asList(
                        id.value(),
                        workspace.value(),
                        agent,
                        mode,
                        title == null ? "" : title,
                        title != null,
                        utc(now),
                        utc(now)))
                .update();
    }

    Optional<Conversation> find(ConversationId id) {
        return db.sql("select * from conversation where id = ?")
                .param(id.value())
                .query(ConversationRepository::row)
                .optional();
    }

    /** Nobody else changes it until the transaction ends. */
    Optional<Conversation> lock(ConversationId id) {
        return db.sql("select * from conversation where id = ? for update")
                .param(id.value())
                .query(ConversationRepository::row)
                .optional();
    }

    List<Conversation> of(WorkspaceId workspace) {
        return db.sql("select * from conversation where workspace_id = ? order by created_at, id")
                .param(workspace.value())
                .query(ConversationRepository::row)
                .list();
    }

    /** @return those of workspaces that are not deleted, the ones with news first */
    List<Conversation> alive() {
        return db.sql("""
                select c.* from conversation c join workspace w on w.id = c.workspace_id
                where w.state <> 'deleted' order by c.updated_at desc, c.id""").query(ConversationRepository::row).list();
    }

    long lastSeq(ConversationId id) {
        return db.sql("select last_seq from conversation where id = ?")
                .param(id.value())
                .query(Long.class)
                .optional()
                .orElse(0L);
    }

    void seen(ConversationId id, long seq) {
        db.sql("update conversation set seen_seq = ? where id = ? and seen_seq < ? and last_seq >= ?")
                .params(Arrays.asList(seq, id.value(), seq, seq))
                .update();
    }

    void title(ConversationId id, String title) {
        db.sql("update conversation set title = ? where id = ? and title = ''")
                .params(Arrays.asList(title, id.value()))
                .update();
    }

    /** Writes what a journal's events changed. */
    void update(Conversation c) {
        db.sql("""
                update conversation set mode = ?, title = ?, state = ?, last_seq = ?, line = ?, queued = ?, paused = ?,
                  turn_id = ?, turn_started_at = ?, turn_finished_at = ?, turn_finished_seq = ?, outcome = ?, failed_what = ?,
                  failed_todo = ?, failed_at = ?, usage_json = ?, cost_usd = ?, slash_commands = ?, updated_at = ?
                where id = ?""")
                .params(Arrays.asList(
                        c.mode(),
                        c.title(),
                        c.state().word(),
                        c.lastSeq(),
                        c.line(),
                        c.queued(),
                        c.paused(),
                        c.turnId(),
                        utc(c.turnStartedAt()),
                        utc(c.turnFinishedAt()),
                        c.turnFinishedSeq(),
                        c.outcome(),
                        c.failedWhat(),
                        c.failedTodo(),
                        utc(c.failedAt()),
                        text(c.usage()),
                        c.costUsd(),
                        text(c.commands()),
                        utc(c.updatedAt()),
                        c.id().value()))
                .update();
    }

    private static Conversation row(ResultSet row, int number) throws SQLException {
        return new Conversation(
                new ConversationId(row.getString("id")),
                new WorkspaceId(row.getString("workspace_id")),
                row.getString("agent"),
                row.getString("mode"),
                row.getString("title"),
                row.getBoolean("title_chosen"),
                ConversationState.of(row.getString("state")),
                row.getLong("last_seq"),
                row.getLong("seen_seq"),
                row.getString("line"),
                row.getInt("queued"),
                row.getBoolean("paused"),
                row.getString("turn_id"),
                instant(row, "turn_started_at"),
                instant(row, "turn_finished_at"),
                row.getLong("turn_finished_seq"),
                row.getString("outcome"),
                row.getString("failed_what"),
                row.getString("failed_todo"),
                instant(row, "failed_at"),
                json(row.getString("usage_json")),
                row.getDouble("cost_usd"),
                json(row.getString("slash_commands")),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("updated_at", OffsetDateTime.class).toInstant());
    }

    static @Nullable OffsetDateTime utc(@Nullable Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    private static @Nullable String text(@Nullable JsonNode node) {
        return node == null ? null : Json.MAPPER.writeValueAsString(node);
    }

    private static @Nullable JsonNode json(@Nullable String text) {
        return text == null ? null : Json.MAPPER.readTree(text);
    }
}
