package dev.claudevm.live;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.claudevm.conversation.Agents;
import dev.claudevm.conversation.Conversation;
import dev.claudevm.conversation.Waiting;
import dev.claudevm.workspace.Workspace;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A conversation and its workspace as a page shows them besides the journal. Newer replaces older. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Snapshot(
        String id,
        String title,
        String agent,
        String agentLabel,
        @Nullable String mode,
        List<Agents.Mode> modes,
        String state,
        boolean working,
        boolean paused,
        List<Waiting> queue,
        Agents.@Nullable Need agentNeeds,
        Home workspace,
        @Nullable JsonNode commands,
        @Nullable JsonNode usage,
        double costUsd,
        long lastSeq) {

    record Home(
            String id,
            @Nullable String name,
            String project,
            String provider,
            @Nullable String branch,
            String state,
            boolean online,
            @Nullable String reason,
            @Nullable String todo,
            List<Workspace.Step> steps,
            boolean rested,
            @Nullable Instant keepAwakeUntil,
            List<String> warnings) {}

    static Snapshot of(
            Conversation conversation,
            Workspace workspace,
            Agents agents,
            Agents.@Nullable Need need,
            List<Waiting> queue) {
        Agents.KnownAgent agent = agents.find(conversation.agent())
                .orElseGet(() -> new Agents.KnownAgent(conversation.agent(), conversation.agent(), List.of()));
        return new Snapshot(
                conversation.id().value(),
                conversation.title(),
                conversation.agent(),
                agent.label(),
                conversation.mode(),
                agent.modes(),
                conversation.state().word(),
                conversation.working(),
                conversation.paused(),
                queue,
                need,
                new Home(
                        workspace.id().value(),
                        workspace.name(),
                        workspace.project().name(),
                        workspace.provider(),
                        workspace.branch(),
                        workspace.state().word(),
                        workspace.online(),
                        workspace.reason(),
                        workspace.todo(),
                        workspace.steps(),
                        workspace.idle().rested(),
                        workspace.idle().keepAwakeUntil(),
                        workspace.warnings()),
                conversation.commands(),
                usage(conversation),
                conversation.costUsd(),
                conversation.lastSeq());
    }

    private static @Nullable JsonNode usage(Conversation conversation) {
        JsonNode usage = conversation.usage();
        return usage instanceof tools.jackson.databind.node.ObjectNode object
                ? object.deepCopy().put("totalCostUsd", conversation.costUsd())
                : usage;
    }
}
