package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cp}: the system's scp, with everything set. */
@Command(
        name = "cp",
        description = "Copy files to, from or between workspaces. A path in a workspace is WORKSPACE:PATH.",
        footer = {"", "claude-vm cp -r bold-fire-1234:build/reports ."})
final class CopyCommand implements Verb {

    @Option(
            names = {"-r", "--recursive"},
            description = "Folders too.")
    boolean recursive;

    @Option(names = "-p", description = "Keep modes and times.")
    boolean keep;

    @Parameters(arity = "2..*", paramLabel = "PATH", description = "What is copied, and where to.")
    List<String> paths = new ArrayList<>();

    private final ClaudeVm root;

    CopyCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        try (ApiClient api = root.api()) {
            if (paths.stream().noneMatch(path -> workspace(path).isPresent())) {
                throw new CliException(
                        ExitCode.USAGE, "None of these paths is in a workspace.", "Write one as WORKSPACE:PATH.");
            }
            SshFiles files = new SshFiles(api, root.surroundings());
            List<Workspace> workspaces = files.refresh();
            List<String> line =
                    new ArrayList<>(List.of("scp", "-F", files.config().toString(), "-3"));
            if (recursive) {
                line.add("-r");
            }
            if (keep) {
                line.add("-p");
            }
            line.add("--");
            List<Workspace> meant = new ArrayList<>();
            for (String path : paths) {
                Optional<String> name = workspace(path);
                if (name.isPresent()) {
                    Workspace in = SshFiles.find(workspaces, name.get());
                    meant.add(in);
                    line.add(in.id()
                            + SshFiles.DOMAIN
                            + path.substring(name.get().length()));
                } else {
                    line.add(path);
                }
            }
            int exit = new Programs().run(line);
            if (exit == SshEnd.LOST) {
                meant.forEach(new SshEnd(api, root.surroundings())::explain);
            }
            return new Answer.Ended(exit);
        }
    }

    /** As scp has it: a colon before any slash makes it remote. */
    private static Optional<String> workspace(String path) {
        int colon = path.indexOf(':');
        int slash = path.indexOf('/');
        return colon > 0 && (slash < 0 || colon < slash) ? Optional.of(path.substring(0, colon)) : Optional.empty();
    }
}
