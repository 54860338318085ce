package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code restore}. */
@Command(
        name = "restore",
        description = "Bring a workspace back out of a file that `backup` has written, also of another installation.",
        footer = {"", "claude-vm restore bold-fire.tar.zst"})
final class RestoreCommand implements Verb {

    @Parameters(paramLabel = "FILE", description = "The backup.")
    String file = "";

    @Option(names = "--no-start", description = "Leave it stopped; its files come when it is started.")
    boolean noStart;

    private final ClaudeVm root;

    RestoreCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        Path from = Path.of(file);
        if (!Files.isReadable(from) || Files.isDirectory(from)) {
            throw new CliException(
                    ExitCode.USAGE, "There is no file " + from + " that can be read.", "Check its name.");
        }
        try (ApiClient api = root.api()) {
            String provider = root.provider;
            JsonNode made =
                    api.upload("backups" + (provider == null ? "" : "?provider=" + ApiClient.segment(provider)), from);
            String id = Ids.workspace(made.path("id").asString(""));
            String path = "workspaces/" + id;
            if (noStart) {
                return new Answer.Lines(
                        api.get(path),
                        List.of("Workspace " + id + " is here. Start it with `claude-vm workspace up " + id
                                + "`, or just say something in it."));
            }
            JsonNode _ = api.post(path + "/up", null);
            Workspace ended = new WorkspaceWait(api, root.surroundings()).until(Workspace.of(api.get(path)), "running");
            return new Answer.Lines(ended.json(), List.of("Workspace " + id + " is here, and runs."));
        }
    }
}
