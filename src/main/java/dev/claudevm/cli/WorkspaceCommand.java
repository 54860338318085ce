package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import dev.claudevm.protocol.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Groups what is done with workspaces. */
@Command(name = "workspace", description = "Make, start, stop and delete workspaces.")
final class WorkspaceCommand {

    static Map<String, Class<?>> commands() {
        Map<String, Class<?>> commands = new LinkedHashMap<>();
        commands.put("up", WorkspaceUpCommand.class);
        commands.put("fork", WorkspaceForkCommand.class);
        commands.put("list", Show.class);
        commands.put("ports", WorkspacePortsCommand.class);
        commands.put("down", Down.class);
        commands.put("idle", WorkspaceRestCommands.Idle.class);
        commands.put("keep-awake", WorkspaceRestCommands.KeepAwake.class);
        commands.put("delete", Delete.class);
        return commands;
    }

    /** {@code workspace list}. */
    @Command(name = "list", description = "List all workspaces.")
    static final class Show implements Verb {

        @Option(
                names = {"-l", "--long"},
                description = "Show more of each.")
        boolean all;

        @Option(
                names = "--status",
                paramLabel = "STATE",
                description =
                        "Only those that are running, stopped, failed, creating or stopping; or those that are deleted.")
        @Nullable
        String status;

        private final ClaudeVm root;

        Show(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            try (ApiClient api = root.api()) {
                boolean deleted = status != null && "deleted".equals(status.toLowerCase(Locale.ROOT));
                JsonNode answer = api.get(deleted ? "workspaces?deleted=true" : "workspaces");
                List<Workspace> workspaces = answer.path("workspaces").values().stream()
                        .map(Workspace::of)
                        .filter(this::wanted)
                        .toList();
                ObjectNode json = Json.MAPPER.createObjectNode();
                workspaces.forEach(workspace -> json.withArray("workspaces").add(workspace.json()));
                json.withArray("workspaces");
                return new Answer.Table(
                        json,
                        all
                                ? List.of("ID", "STATE", "PROJECT", "PROVIDER", "BRANCH", "CHANGED", "NOTE")
                                : List.of("ID", "STATE", "PROJECT", "PROVIDER"),
                        workspaces.stream().map(this::row).toList(),
                        status == null
                                ? "No workspaces yet. Make one with `claude-vm workspace up .`"
                                : "No workspace is " + status + ".");
            }
        }

        private boolean wanted(Workspace workspace) {
            if (status == null) {
                return true;
            }
            String state = status.toLowerCase(Locale.ROOT);
            return workspace.state().equals("error".equals(state) ? "failed" : state);
        }

        private List<String> row(Workspace workspace) {
            List<String> row = new ArrayList<>(
                    List.of(workspace.id(), workspace.stateText(), workspace.project(), workspace.provider()));
            if (all) {
                row.add(workspace.branch());
                row.add(workspace.json().path("updatedAt").asString("").replaceFirst("\\.\\d+Z$", "Z"));
                row.add(workspace.reason().isEmpty() ? String.join(" ", workspace.warnings()) : workspace.reason());
            }
            return row;
        }
    }

    /** {@code workspace down}. */
    @Command(name = "down", description = "Stop a workspace. `up` continues it as it was.")
    static final class Down implements Verb {

        @Parameters(paramLabel = "WORKSPACE", description = "Its id.")
        String id = "";

        @Option(
                names = {"-f", "--force"},
                description = "Kill what runs in it at once; also when a start or stop hangs.")
        boolean force;

        private final ClaudeVm root;

        Down(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            try (ApiClient api = root.api()) {
                Workspace asked = Workspace.of(
                        api.post("workspaces/" + Ids.workspace(id) + "/down" + (force ? "?force=true" : ""), null));
                Workspace ended = new WorkspaceWait(api, root.surroundings()).until(asked, "stopped");
                return new Answer.Lines(ended.json(), List.of("Workspace " + ended.id() + " is stopped."));
            }
        }
    }

    /** {@code workspace delete}. */
    @Command(name = "delete", description = "Delete a workspace; its snapshots are kept, and `up` brings it back.")
    static final class Delete implements Verb {

        @Parameters(paramLabel = "WORKSPACE", description = "Its id.")
        String id = "";

        @Option(
                names = {"-y", "--yes"},
                description = "Do not ask.")
        boolean yes;

        @Option(names = "--purge", description = "Delete its snapshots and what was said in it too.")
        boolean purge;

        @Option(names = "--force", description = "Also when what it has now is in no snapshot.")
        boolean force;

        private final ClaudeVm root;

        Delete(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            try (ApiClient api = root.api()) {
                String path = "workspaces/" + Ids.workspace(id);
                Workspace workspace = Workspace.of(api.get(path));
                if (!yes && !confirmed(workspace)) {
                    throw new CliException(ExitCode.FAILED, "Nothing was deleted.", "");
                }
                JsonNode answer = api.delete(path + (purge ? "?purge=true" : force ? "?force=true" : ""));
                Workspace ended = new WorkspaceWait(api, root.surroundings()).untilDeleted(workspace);
                ObjectNode json = answer.isObject() && answer.has("id")
                        ? (ObjectNode) ended.json()
                        : Json.MAPPER.createObjectNode().put("id", id).put("state", "deleted");
                return new Answer.Lines(json, List.of("Workspace " + id + " is deleted."));
            }
        }

        private boolean confirmed(Workspace workspace) {
            Surroundings here = root.surroundings();
            if (!here.typing()) {
                throw new CliException(
                        ExitCode.USAGE, "Deleting asks first, and nobody can answer here.", "Say --yes.");
            }
            here.err()
                    .print("Delete " + workspace.id() + " (" + PlainText.line(workspace.project()) + ") and its files"
                            + (purge ? " and all that was said in it" : "") + "? [y/N] ");
            here.err().flush();
            try {
                String line = new BufferedReader(new InputStreamReader(here.in(), StandardCharsets.UTF_8)).readLine();
                return line != null && line.strip().toLowerCase(Locale.ROOT).matches("y|yes");
            } catch (IOException e) {
                return false;
            }
        }
    }
}
