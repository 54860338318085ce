package dev.claudevm.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where a command runs: all that it takes from outside and gives to it.
 *
 * @param directory the current folder; relative paths are meant from there
 * @param typing somebody sits at the other end of {@code in}
 * @param watching somebody looks at {@code err}: progress may be redrawn in place
 */
public record Surroundings(
        Map<String, String> environment,
        Path directory,
        InputStream in,
        PrintStream out,
        PrintStream err,
        boolean typing,
        boolean watching) {

    /** @return the process' own. {@code CLAUDE_VM_TTY} is set by the start script: which of 0, 1, 2 are terminals */
    static Surroundings ofProcess() {
        Map<String, String> environment = System.getenv();
        String terminals = environment.getOrDefault("CLAUDE_VM_TTY", "");
        return new Surroundings(
                environment,
                Path.of("").toAbsolutePath(),
                System.in,
                System.out,
                System.err,
                terminals.contains("0") && terminals.contains("1"),
                terminals.contains("2"));
    }

    /** @return {@code CLAUDE_VM_HOME}: what this user's claude-vm keeps */
    public Path home() {
        String home = environment.getOrDefault("CLAUDE_VM_HOME", "");
        return home.isBlank()
                ? Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".claude-vm")
                : directory.resolve(home);
    }
}
