package dev.claudevm.conversation;

import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.Json;
import dev.claudevm.workspace.WorkspaceId;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The outbox. */
@Repository
class CommandRepository {

    private final JdbcClient db;

    CommandRepository(JdbcClient db) {
        this.db = db;
    }

    /** What is known of an id. */
    record Known(String digest, String state) {}

    /** The next one to deliver. @param agent of its conversation */
    record Next(
            long position,
            ConversationId conversationId,
            String agent,
            Command command,
            int attempts,
            Instant createdAt) {}

    Optional<Known> find(ConversationId conversation, String id) {
        return db.sql("select digest, state from command where conversation_id = ? and id = ?")
                .params(Arrays.asList(conversation.value(), id))
                .query((row, number) -> new Known(row.getString(1), row.getString(2)))
                .optional();
    }

    /** @throws org.springframework.dao.DuplicateKeyException when the id is known */
    void insert(ConversationId conversation, WorkspaceId workspace, Command command, Written written, Instant now) {
        db.sql("""
                insert into command (conversation_id, id, workspace_id, kind, message_id, text, said_by, digest, body, state,
                  attempts, created_at)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, 'stored', 0, ?)""")
                .params(Arrays.asList(
                        conversation.value(),
                        command.id(),
                        workspace.value(),
                        written.kind(),
                        written.messageId(),
                        written.text(),
                        command.by(),
                        written.digest(),
                        Json.MAPPER.writerFor(Command.class).writeValueAsString(command),
                        ConversationRepository.utc(now)))
                .update();
    }

    /**
     * @param held agents whose messages, and what is about these, are left where they are
     * @param skipped conversations of which all is left
     */
    Optional<Next> next(WorkspaceId workspace, Collection<String> held, Collection<String> skipped) {
        return db.sql("""
                select c.position, c.conversation_id, c.body, c.attempts, c.created_at, t.agent
                from command c join conversation t on t.id = c.conversation_id
                where c.workspace_id = :workspace and c.state in ('stored', 'delivering')
                and not (t.agent in (:held) and c.kind in ('enqueue', 'edit', 'move', 'withdraw', 'say-now'))
                and c.conversation_id not in (:skipped)
                order by c.position limit 1""")
                .param("workspace", workspace.value())
                // SQL knows no empty list.
                .param("held", held.isEmpty() ? List.of("") : held)
                .param("skipped", skipped.isEmpty() ? List.of("") : skipped)
                .query((row, number) -> new Next(
                        row.getLong("position"),
                        new ConversationId(row.getString("conversation_id")),
                        row.getString("agent"),
                        Json.MAPPER.readValue(row.getString("body"), Command.class),
                        row.getInt("attempts"),
                        row.getObject("created_at", OffsetDateTime.class).toInstant()))
                .optional();
    }

    /** A conversation in which something was said that is not delivered. */
    record Undelivered(ConversationId conversation, WorkspaceId workspace, String agent) {}

    List<Undelivered> undelivered() {
        return db.sql("""
                select distinct t.id, c.workspace_id, t.agent from command c join conversation t on t.id = c.conversation_id
                where c.state in ('stored', 'delivering') and c.kind = 'enqueue'""")
                .query((row, number) -> new Undelivered(
                        new ConversationId(row.getString(1)), new WorkspaceId(row.getString(2)), row.getString(3)))
                .list();
    }

    /** @return what was said in a conversation and is not delivered, in order */
    List<JournalTransfers.Said> undelivered(ConversationId conversation) {
        return db.sql(
                        "select body, created_at from command where conversation_id = ? and state in ('stored', 'delivering') order by position")
                .param(conversation.value())
                .query((row, number) -> new JournalTransfers.Said(
                        Json.MAPPER.readValue(row.getString("body"), Command.class),
                        row.getObject("created_at", OffsetDateTime.class).toInstant()))
                .list();
    }

    void delivering(long position) {
        db.sql("update command set state = 'delivering', attempts = attempts + 1 where position = ?")
                .param(position)
                .update();
    }

    void waits(long position, String why) {
        db.sql("update command set why = ? where position = ?")
                .params(Arrays.asList(cut(why), position))
                .update();
    }

    /** The body is not needed any more: what was said is in the journal. */
    void answered(long position, boolean taken, @Nullable String why, Instant now) {
        db.sql("update command set state = ?, why = ?, body = null, answered_at = ? where position = ?")
                .params(Arrays.asList(
                        taken ? "taken" : "refused",
                        why == null ? null : cut(why),
                        ConversationRepository.utc(now),
                        position))
                .update();
    }

    /** @return workspaces with something to deliver, and when the newest of it was said */
    List<Waiting> waiting() {
        return db.sql("""
                select workspace_id, max(created_at) as newest from command
                where state in ('stored', 'delivering') group by workspace_id""")
                .query((row, number) -> new Waiting(
                        new WorkspaceId(row.getString("workspace_id")),
                        row.getObject("newest", OffsetDateTime.class).toInstant()))
                .list();
    }

    /** Something was said in this workspace and is not delivered. */
    record Waiting(WorkspaceId workspace, Instant newest) {}

    /** @param refusedSince refused ones are shown for a while */
    List<Pending> pending(ConversationId conversation, Instant refusedSince) {
        return db.sql("""
                select id, kind, message_id, text, state, why, created_at from command
                where conversation_id = ? and (state in ('stored', 'delivering') or (state = 'refused' and answered_at > ?))
                order by position""")
                .params(Arrays.asList(conversation.value(), ConversationRepository.utc(refusedSince)))
                .query((row, number) -> new Pending(
                        row.getString("id"),
                        row.getString("kind"),
                        row.getString("message_id"),
                        row.getString("text"),
                        row.getString("state"),
                        row.getString("why"),
                        row.getObject("created_at", OffsetDateTime.class).toInstant()))
                .list();
    }

    private static String cut(String text) {
        return text.length() <= 2000 ? text : text.substring(0, 1999) + "…";
    }
}
