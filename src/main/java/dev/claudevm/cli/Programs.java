package dev.claudevm.cli;

import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Programs of this machine that a command hands over to. */
final class Programs {

    static final Wanted OPENSSH =
            new Wanted("ssh", "Install OpenSSH's client (Debian: apt-get install openssh-client).");
    static final Wanted SSHFS = new Wanted(
            "sshfs",
            "Install it (Debian: apt-get install sshfs; Fedora: dnf install fuse-sshfs; macOS: macFUSE and its sshfs)."
                    + " Without it, `claude-vm cp` and `rsync` copy files, and editors open them over SSH.");
    static final Wanted FUSERMOUNT = new Wanted("fusermount3", "Install fuse3.");
    static final Wanted UMOUNT = new Wanted("umount", "Install it (Debian: apt-get install mount).");

    /** A program, and how one comes to it. */
    record Wanted(String name, String todo) {

        boolean isThere(Map<String, String> environment) {
            return Arrays.stream(environment.getOrDefault("PATH", "").split(File.pathSeparator))
                    .filter(folder -> !folder.isEmpty())
                    .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
        }

        /** @throws CliException when it is missing */
        void required(Map<String, String> environment) {
            if (!isThere(environment)) {
                throw missing(null);
            }
        }

        private CliException missing(@org.jspecify.annotations.Nullable IOException cause) {
            String what = "There is no " + name + " on this machine.";
            return cause == null
                    ? new CliException(ExitCode.FAILED, what, todo)
                    : new CliException(ExitCode.FAILED, what, todo, cause);
        }
    }

    /** Runs it with our terminal. @return its exit code */
    int run(List<String> line) {
        return run(line, OPENSSH);
    }

    /** The same. @param program what it is, for when it is missing */
    int run(List<String> line, Wanted program) {
        return run(line, program, new ProcessBuilder(line).inheritIO());
    }

    /** Runs it without input; what it says is for errors only. @throws CliException when it fails */
    void quiet(List<String> line) {
        int exit = run(
                line,
                OPENSSH,
                new ProcessBuilder(line)
                        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.INHERIT));
        if (exit != 0) {
            throw new CliException(ExitCode.FAILED, line.getFirst() + " failed.", "See what it said.");
        }
    }

    private static int run(List<String> line, Wanted program, ProcessBuilder builder) {
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw program.missing(e);
        }
        // Whoever ends us ends it: a tunnel or a mount does not stay behind without anybody who knows of it.
        Thread goodbye = new Thread(process::destroy, line.getFirst() + " goodbye");
        Runtime.getRuntime().addShutdownHook(goodbye);
        try {
            int exit = process.waitFor();
            Runtime.getRuntime().removeShutdownHook(goodbye);
            return exit;
        } catch (IllegalStateException ending) {
            return ExitCode.FAILED.code();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            return ExitCode.FAILED.code();
        }
    }
}
