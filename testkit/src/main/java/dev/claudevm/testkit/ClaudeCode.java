package dev.claudevm.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** The real Claude Code for tests. A machine without it fails the tests: a skipped promise is not kept. */
public final class ClaudeCode {

    private static final String PIN =
            "workspace-bridge/agents/src/main/resources/dev/claudevm/agents/claude-code.version";

    private ClaudeCode() {}

    /**
     * @return the program: what {@code CLAUDE_VM_TEST_CLAUDE} names, else the pinned one of {@code build/install-claude}
     * @throws AssertionError with the command to run, when there is none
     */
    public static Path binary() {
        String named = System.getenv("CLAUDE_VM_TEST_CLAUDE");
        Path program = named != null && !named.isBlank() ? Path.of(named) : pinned();
        if (!Files.isExecutable(program)) {
            throw new AssertionError("Claude Code is missing at " + program + ". Install it with: "
                    + repository().resolve("build/install-claude")
                    + " (or set CLAUDE_VM_TEST_CLAUDE to a program).");
        }
        return program.toAbsolutePath();
    }

    /** @return the pinned version, for example {@code 2.1.332} */
    public static String version() {
        try {
            return Files.readString(repository().resolve(PIN)).strip();
        } catch (IOException failure) {
            throw new UncheckedIOException("The pin of Claude Code is missing", failure);
        }
    }

    /** @return what points Claude Code at the stand-in model and keeps it from calling anything else */
    public static Map<String, String> environment(StandInModel model, String key) {
        return Map.of(
                "ANTHROPIC_BASE_URL",
                model.baseUrl(),
                "ANTHROPIC_API_KEY",
                key,
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
                "1",
                "DISABLE_AUTOUPDATER",
                "1");
    }

    /** @return the repository's root: the nearest folder upwards with {@code .mvn/maven.config} */
    public static Path repository() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.isRegularFile(folder.resolve(".mvn/maven.config"))) {
                return folder;
            }
        }
        throw new AssertionError("Run the tests inside the repository: no folder upwards of "
                + Path.of("").toAbsolutePath() + " has .mvn/maven.config");
    }

    private static Path pinned() {
        return repository()
                .resolve(".tools/agents/claude")
                .resolve(version())
                .resolve("node_modules/@anthropic-ai/claude-code-" + platform())
                .resolve("claude");
    }

    private static String platform() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("mac") ? "darwin" : "linux";
        String machine = System.getProperty("os.arch");
        return system + "-" + (machine.equals("aarch64") || machine.equals("arm64") ? "arm64" : "x64");
    }
}
