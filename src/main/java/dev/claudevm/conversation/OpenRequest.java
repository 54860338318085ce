package dev.claudevm.conversation;

import dev.claudevm.workspace.WorkspaceId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What an agent asks and only a person can answer. Several may be open at once. */
public sealed interface OpenRequest {

    /** @return {@code <conversation id>.<request id>} */
    String id();

    ConversationId conversationId();

    WorkspaceId workspaceId();

    Instant openedAt();

    /** @return who answered it here already; the bridge has not taken the answer yet. Null: nobody */
    @Nullable
    String answeredBy();

    /** May it use a tool? {@code input} and {@code options} as in {@code approval.opened}. */
    record Approval(
            String id,
            ConversationId conversationId,
            WorkspaceId workspaceId,
            String tool,
            String title,
            JsonNode input,
            JsonNode options,
            Instant openedAt,
            @Nullable String answeredBy)
            implements OpenRequest {}

    /** One out of options. {@code questions} as in {@code question.opened}. */
    record Question(
            String id,
            ConversationId conversationId,
            WorkspaceId workspaceId,
            JsonNode questions,
            Instant openedAt,
            @Nullable String answeredBy)
            implements OpenRequest {}
}
