package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.protocol.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code workspace fork}: new workspaces that begin with the files of another one. */
@Command(
        name = "fork",
        description = "Make new workspaces with the files of another one, and say the same in each of them.")
final class WorkspaceForkCommand implements Verb {

    @Parameters(paramLabel = "WORKSPACE", description = "The id of the one that is copied; it goes on.")
    String id = "";

    @Option(names = "--snapshot", paramLabel = "ID", description = "As it was then (as it is now).")
    @Nullable
    String snapshot;

    @Option(names = "-n", paramLabel = "N", defaultValue = "1", description = "How many (1).")
    int copies;

    @Option(names = "--message", paramLabel = "TEXT", description = "What is said to an agent in each.")
    @Nullable
    String message;

    @Option(names = "--agent", paramLabel = "NAME", description = "That agent (the configured default).")
    @Nullable
    String agent;

    @Option(names = "--mode", paramLabel = "MODE", description = "What it may do unasked, in the agent's own words.")
    @Nullable
    String mode;

    @Option(names = "--name", paramLabel = "NAME", description = "What to call them.")
    @Nullable
    String name;

    private final ClaudeVm root;

    WorkspaceForkCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        try (ApiClient api = root.api()) {
            JsonNode forks = api.insist("workspaces/" + Ids.workspace(id) + "/fork", wanted())
                    .path("forks");
            ObjectNode json = Json.MAPPER.createObjectNode();
            json.withArray("forks");
            List<List<String>> rows = new ArrayList<>();
            for (JsonNode fork : forks) {
                String made = fork.path("workspaceId").asString("");
                String conversation = fork.path("conversationId").asString("");
                Workspace now = Workspace.of(api.get("workspaces/" + Ids.workspace(made)));
                Workspace up = new WorkspaceWait(api, root.surroundings()).until(now, "running");
                json.withArray("forks")
                        .add(Json.MAPPER
                                .createObjectNode()
                                .put("workspaceId", made)
                                .put("conversationId", conversation.isEmpty() ? null : conversation)
                                .put("state", up.state()));
                rows.add(List.of(made, up.stateText(), conversation));
            }
            return new Answer.Table(json, List.of("ID", "STATE", "CONVERSATION"), rows, "Nothing was made.");
        }
    }

    private ObjectNode wanted() {
        ObjectNode wanted = Json.MAPPER
                .createObjectNode()
                .put("id", UUID.randomUUID().toString())
                .put("copies", copies);
        put(wanted, "snapshot", snapshot);
        put(wanted, "message", message);
        put(wanted, "agent", agent);
        put(wanted, "mode", mode);
        put(wanted, "name", name);
        put(wanted, "provider", root.provider);
        return wanted;
    }

    private static void put(ObjectNode json, String field, @Nullable String value) {
        if (value != null) {
            json.put(field, value);
        }
    }
}
