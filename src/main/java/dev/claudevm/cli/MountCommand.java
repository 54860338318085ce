package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mount}: a workspace's files as a folder of this machine, by the system's sshfs, until it is interrupted. */
@Command(
        name = "mount",
        description = "Show the files of a workspace in a folder of this machine, until Ctrl-C or claude-vm unmount.",
        footer = {"", "claude-vm mount bold-fire-1234 ~/bold-fire"})
final class MountCommand implements Verb {

    @Parameters(index = "0", paramLabel = "WORKSPACE", description = "Its id or name.")
    String workspace = "";

    @Parameters(index = "1", paramLabel = "FOLDER", description = "An empty folder; it is made when it is missing.")
    String folder = "";

    @Option(
            names = "--path",
            paramLabel = "PATH",
            description = "Another folder of the workspace than that of the project.")
    @Nullable
    String path;

    private final ClaudeVm root;

    MountCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        Surroundings here = root.surroundings();
        Programs.Wanted sshfs = Programs.SSHFS;
        sshfs.required(here.environment());
        Path target = here.directory().resolve(folder).normalize();
        try (ApiClient api = root.api()) {
            SshFiles files = new SshFiles(api, here);
            Workspace meant = SshFiles.find(files.refresh(), workspace);
            empty(target);
            here.err()
                    .println("The files of " + meant.id() + " are in " + target + ". Ctrl-C or `claude-vm unmount "
                            + folder + "` ends it.");
            int exit = new Programs().run(line(files.config(), meant.id() + SshFiles.DOMAIN, path, target), sshfs);
            if (exit != 0) {
                new SshEnd(api, here).explain(meant);
            }
            return new Answer.Ended(exit);
        }
    }

    /** @param path null: the project's folder, where file transfers begin */
    static List<String> line(Path config, String host, @Nullable String path, Path target) {
        return new ArrayList<>(List.of(
                "sshfs",
                "-f",
                "-F",
                config.toString(),
                "-o",
                // A lost connection is opened anew; until then programs that read wait.
                "reconnect",
                "-o",
                "idmap=user",
                host + ":" + (path == null ? "" : path),
                target.toString()));
    }

    private static void empty(Path target) {
        try {
            Files.createDirectories(target);
            try (DirectoryStream<Path> inside = Files.newDirectoryStream(target)) {
                if (inside.iterator().hasNext()) {
                    throw new CliException(
                            ExitCode.FAILED, target + " is not empty.", "Name an empty folder, or a new one.");
                }
            }
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    "Cannot use " + target + ": " + e.getMessage(),
                    "Name an empty folder; after a crash `claude-vm unmount " + target + "` may be due.",
                    e);
        }
    }
}
