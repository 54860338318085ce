package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.protocol.Json;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code backup}. */
@Command(
        name = "backup",
        description =
                "Write a workspace into a file: its files, conversations and settings. Of one that runs a snapshot is made first.",
        footer = {"", "claude-vm backup bold-fire-1234 bold-fire.tar.zst"})
final class BackupCommand implements Verb {

    @Parameters(index = "0", paramLabel = "WORKSPACE", description = "Its id.")
    String id = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "FILE",
            description = "Where to; it must not be there yet (WORKSPACE-DATE.tar.zst).")
    @Nullable
    String file;

    private final ClaudeVm root;

    BackupCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        Path to = Path.of(file == null ? Ids.workspace(id) + "-" + LocalDate.now() + ".tar.zst" : file);
        try (ApiClient api = root.api()) {
            long bytes = Download.into(api, "workspaces/" + Ids.workspace(id) + "/backup", to);
            return new Answer.Lines(
                    Json.MAPPER.createObjectNode().put("file", to.toString()).put("bytes", bytes),
                    List.of(
                            "Workspace " + id + " is in " + to + ", " + SnapshotCommand.megabytes(bytes) + ".",
                            "Keep it as you keep the files themselves: whoever has it can read them."));
        }
    }
}
