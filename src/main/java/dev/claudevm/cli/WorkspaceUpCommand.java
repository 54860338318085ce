package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.protocol.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code workspace up}: starts a workspace, or makes a new one of a git repository or folder. */
@Command(name = "up", description = "Start a workspace, or make one of a git repository or a folder.")
final class WorkspaceUpCommand implements Verb {

    private static final Pattern URL = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]*://.+|[^/\\s]+@[^/\\s:]+:.+");

    @Parameters(
            paramLabel = "WORKSPACE|URL|PATH",
            arity = "0..1",
            description = "A workspace's id, a git URL or a folder (.).")
    String what = ".";

    @Option(names = "--image", paramLabel = "NAME", description = "Container image, for providers that use one.")
    @Nullable
    String image;

    @Option(names = "--branch", paramLabel = "NAME", description = "Git branch to check out.")
    @Nullable
    String branch;

    @Option(names = "--name", paramLabel = "NAME", description = "What to call the workspace.")
    @Nullable
    String name;

    private final ClaudeVm root;

    WorkspaceUpCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        try (ApiClient api = root.api()) {
            Workspace asked = Workspace.of(
                    isId()
                            ? api.post("workspaces/" + Ids.workspace(what) + "/up", null)
                            : api.insist("workspaces", wanted()));
            Workspace up = new WorkspaceWait(api, root.surroundings()).until(asked, "running");
            return new Answer.Lines(
                    up.json(),
                    List.of(
                            "Workspace " + up.id() + " is running.",
                            "Talk to an agent in it: claude-vm chat -w " + up.id()));
        }
    }

    /** A folder that happens to be named like an id is said as ./bold-fire-1234. */
    private boolean isId() {
        return Ids.isWorkspace(what);
    }

    private ObjectNode wanted() {
        ObjectNode wanted = Json.MAPPER
                .createObjectNode()
                .put("id", UUID.randomUUID().toString())
                .put("source", source(what, root.surroundings()));
        put(wanted, "provider", root.provider);
        put(wanted, "branch", branch);
        put(wanted, "image", image);
        put(wanted, "name", name);
        return wanted;
    }

    /** @return what the server takes for a project */
    static String source(String what, Surroundings here) {
        if (URL.matcher(what).matches()) {
            return what;
        }
        Path home = Path.of(here.environment().getOrDefault("HOME", "/"));
        Path path = what.equals("~") || what.startsWith("~/")
                ? home.resolve(what.substring(Math.min(2, what.length())))
                : here.directory().resolve(what);
        Path absolute = path.toAbsolutePath().normalize();
        // What is no folder here may be one where the server runs, so the server judges; it says so when it is none.
        return Files.exists(absolute) || what.startsWith(".") || what.contains("/") ? absolute.toString() : what;
    }

    private static void put(ObjectNode json, String field, @Nullable String value) {
        if (value != null) {
            json.put(field, value);
        }
    }
}
