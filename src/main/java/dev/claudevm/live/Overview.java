package dev.claudevm.live;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.claudevm.workspace.Workspace;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What needs a person, works and was finished, over all workspaces, and the workspaces. A snapshot: newer replaces older. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Overview(
        List<OpenApproval> approvals,
        List<OpenQuestion> questions,
        List<Failure> failures,
        List<Working> working,
        List<Finished> finished,
        List<Place> workspaces) {

    record OpenApproval(
            String id,
            String workspaceId,
            String project,
            String conversationId,
            String conversationTitle,
            String agentLabel,
            String tool,
            String title,
            JsonNode input,
            JsonNode options,
            Instant openedAt,
            @Nullable String answeredBy) {}

    record OpenQuestion(
            String id,
            String workspaceId,
            String project,
            String conversationId,
            String conversationTitle,
            String agentLabel,
            JsonNode questions,
            Instant openedAt,
            @Nullable String answeredBy) {}

    record Failure(
            String conversationId,
            String workspaceId,
            String project,
            String title,
            String what,
            @Nullable String todo,
            Instant at) {}

    record Working(
            String conversationId,
            String workspaceId,
            String project,
            String title,
            @Nullable String line,
            @Nullable Instant since,
            int queued) {}

    record Finished(
            String conversationId,
            String workspaceId,
            String project,
            String title,
            @Nullable String line,
            @Nullable Instant at,
            @Nullable String outcome) {}

    record Place(
            String id,
            @Nullable String name,
            String project,
            @Nullable String branch,
            String state,
            boolean online,
            @Nullable String reason,
            List<Workspace.Step> steps,
            List<Talk> conversations) {}

    record Talk(String id, String title, String state, Instant updatedAt) {}
}
