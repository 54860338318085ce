package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code workspace ports}. */
@Command(name = "ports", description = "List what listens in a workspace, with the link that opens it in a browser.")
final class WorkspacePortsCommand implements Verb {

    @Parameters(paramLabel = "WORKSPACE", description = "Its id.")
    String id = "";

    private final ClaudeVm root;

    WorkspacePortsCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        try (ApiClient api = root.api()) {
            JsonNode answer = api.get("workspaces/" + Ids.workspace(id) + "/ports");
            String server = api.server().url().toString().replaceFirst("/+$", "");
            return new Answer.Table(
                    answer,
                    List.of("PORT", "PROGRAM", "LINK"),
                    answer.path("ports").values().stream()
                            .map(port -> List.of(
                                    port.path("port").asString(""),
                                    port.path("program").asString(""),
                                    server + port.path("path").asString("")))
                            .toList(),
                    "Nothing listens in it.");
        }
    }
}
