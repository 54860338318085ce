package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.protocol.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code new-chat}: a new conversation with an agent. */
@Command(name = "new-chat", description = "Create a conversation with a coding agent in a workspace.")
final class NewChatCommand implements Verb {

    @Parameters(paramLabel = "WORKSPACE", description = "The workspace's id.")
    String workspace = "";

    @Option(names = "--agent", paramLabel = "NAME", description = "The coding agent (the configured default).")
    @Nullable
    String agent;

    @Option(names = "--mode", paramLabel = "MODE", description = "What it may do unasked, in the agent's own words.")
    @Nullable
    String mode;

    @Option(names = "--title", paramLabel = "TEXT", description = "What it is about.")
    @Nullable
    String title;

    private final ClaudeVm root;

    NewChatCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        try (ApiClient api = root.api()) {
            JsonNode made = create(api, workspace, agent, mode, title);
            String id = made.path("id").asString("");
            return new Answer.Lines(made, List.of(id, "Talk in it: claude-vm chat -c " + id));
        }
    }

    static JsonNode create(
            ApiClient api, String workspace, @Nullable String agent, @Nullable String mode, @Nullable String title) {
        ObjectNode wanted = Json.MAPPER.createObjectNode();
        if (agent != null) {
            wanted.put("agent", agent);
        }
        if (mode != null) {
            wanted.put("mode", mode);
        }
        if (title != null) {
            wanted.put("title", title);
        }
        return api.post("workspaces/" + Ids.workspace(workspace) + "/conversations", wanted);
    }
}
