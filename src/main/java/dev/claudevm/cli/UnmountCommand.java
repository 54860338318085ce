package dev.claudevm.cli;

import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import dev.claudevm.protocol.Json;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code unmount}: ends what {@code mount} began. */
@Command(name = "unmount", description = "Take a mounted workspace out of its folder again.")
final class UnmountCommand implements Verb {

    @Parameters(index = "0", paramLabel = "FOLDER", description = "Where it is mounted.")
    String folder = "";

    private final ClaudeVm root;

    UnmountCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        Surroundings here = root.surroundings();
        Path target = here.directory().resolve(folder).normalize();
        // Linux lets people take away their own mounts by fusermount only; others know umount.
        Programs.Wanted program =
                Programs.FUSERMOUNT.isThere(here.environment()) ? Programs.FUSERMOUNT : Programs.UMOUNT;
        List<String> line = program == Programs.FUSERMOUNT
                ? List.of("fusermount3", "-u", "--", target.toString())
                : List.of("umount", target.toString());
        int exit = new Programs().run(line, program);
        if (exit != 0) {
            throw new CliException(
                    ExitCode.FAILED,
                    target + " was not unmounted.",
                    "When it says busy: leave the folder and close the files in it, then try again.");
        }
        return new Answer.Lines(
                Json.MAPPER.createObjectNode().put("folder", target.toString()), List.of("Unmounted " + target + "."));
    }
}
