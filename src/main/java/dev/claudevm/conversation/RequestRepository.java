package dev.claudevm.conversation;

import dev.claudevm.protocol.Json;
import dev.claudevm.workspace.WorkspaceId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import tools.jackson.databind.JsonNode;

/** Approvals and questions, open and resolved. */
@Repository
class RequestRepository {

    private static final String APPROVAL = "approval";
    private static final String QUESTION = "question";

    private final JdbcClient db;

    RequestRepository(JdbcClient db) {
        this.db = db;
    }

    /** What decides over an answer. */
    record Standing(
            String id,
            boolean approval,
            ConversationId conversationId,
            @Nullable String answerId,
            @Nullable String answerBy,
            boolean resolved,
            @Nullable String resolvedBy) {}

    void openApproval(String id, ConversationId conversation, String tool, String title, JsonNode json, Instant at) {
        open(id, APPROVAL, conversation, tool, title, json, at);
    }

    void openQuestion(String id, ConversationId conversation, JsonNode json, Instant at) {
        open(id, QUESTION, conversation, null, null, json, at);
    }

    private void open(
            String id,
            String kind,
            ConversationId conversation,
            @Nullable String tool,
            @Nullable String title,
            JsonNode json,
            Instant at) {
        boolean known = db.sql("select count(*) from request where id = ?")
                        .param(id)
                        .query(Integer.class)
                        .single()
                > 0;
        if (!known) {
            db.sql(
                            "insert into request (id, kind, conversation_id, tool, title, json, opened_at) values (?, ?, ?, ?, ?, ?, ?)")
                    .params(Arrays.asList(
                            id,
                            kind,
                            conversation.value(),
                            tool,
                            title,
                            Json.MAPPER.writeValueAsString(json),
                            ConversationRepository.utc(at)))
                    .update();
        }
    }

    void resolve(String id, ConversationId conversation, String by, String decision, Instant at) {
        db.sql("""
                update request set resolved_at = ?, resolved_by = ?, decision = ?
                where id = ? and conversation_id = ? and resolved_at is null""")
                .params(Arrays.asList(ConversationRepository.utc(at), by, decision, id, conversation.value()))
                .update();
    }

    int countOpen(ConversationId conversation) {
        return db.sql("select count(*) from request where conversation_id = ? and resolved_at is null")
                .param(conversation.value())
                .query(Integer.class)
                .single();
    }

    /** Nobody else answers it until the transaction ends. */
    Optional<Standing> lock(String id) {
        return db.sql("select * from request where id = ? for update")
                .param(id)
                .query((row, number) -> new Standing(
                        row.getString("id"),
                        row.getString("kind").equals(APPROVAL),
                        new ConversationId(row.getString("conversation_id")),
                        row.getString("answer_id"),
                        row.getString("answer_by"),
                        row.getObject("resolved_at") != null,
                        row.getString("resolved_by")))
                .optional();
    }

    void claim(String id, String answerId, String by) {
        db.sql("update request set answer_id = ?, answer_by = ? where id = ?")
                .params(Arrays.asList(answerId, by, id))
                .update();
    }

    /** The bridge did not take that answer: somebody may give another. */
    void release(ConversationId conversation, String answerId) {
        db.sql("""
                update request set answer_id = null, answer_by = null
                where conversation_id = ? and answer_id = ? and resolved_at is null""").params(Arrays.asList(conversation.value(), answerId)).update();
    }

    List<OpenRequest.Approval> approvals() {
        return open(APPROVAL, OpenRequest.Approval.class);
    }

    List<OpenRequest.Question> questions() {
        return open(QUESTION, OpenRequest.Question.class);
    }

    /** Oldest first, so that what is on the screen keeps its place. */
    private <T extends OpenRequest> List<T> open(String kind, Class<T> type) {
        return db.sql("""
                select r.*, c.workspace_id from request r
                join conversation c on c.id = r.conversation_id join workspace w on w.id = c.workspace_id
                where r.kind = ? and r.resolved_at is null and w.state <> 'deleted' order by r.opened_at, r.id""")
                .param(kind)
                .query((row, number) -> type.cast(request(row)))
                .list();
    }

    private static OpenRequest request(ResultSet row) throws SQLException {
        String id = row.getString("id");
        ConversationId conversation = new ConversationId(row.getString("conversation_id"));
        WorkspaceId workspace = new WorkspaceId(row.getString("workspace_id"));
        JsonNode json = Json.MAPPER.readTree(row.getString("json"));
        Instant openedAt = row.getObject("opened_at", OffsetDateTime.class).toInstant();
        String answerBy = row.getString("answer_by");
        if (row.getString("kind").equals(APPROVAL)) {
            return new OpenRequest.Approval(
                    id,
                    conversation,
                    workspace,
                    row.getString("tool"),
                    row.getString("title"),
                    json.path("input"),
                    json.path("options"),
                    openedAt,
                    answerBy);
        }
        return new OpenRequest.Question(id, conversation, workspace, json.path("questions"), openedAt, answerBy);
    }
}
