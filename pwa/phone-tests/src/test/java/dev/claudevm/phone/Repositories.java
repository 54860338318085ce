package dev.claudevm.phone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Small git repositories as people have them. */
final class Repositories {

    private Repositories() {}

    /** @return {@code folder}, with a commit, an edited file and one that git does not know */
    static Path small(Path folder) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("README.md"), "# Shop\n\nSells things.\n");
        git(folder, "init", "-q", "-b", "main");
        git(folder, "add", ".");
        git(folder, "-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "-qm", "Begin");
        Files.writeString(folder.resolve("README.md"), "# Shop\n\nSells many things.\n");
        Files.writeString(folder.resolve("notes.txt"), "not in git\n");
        return folder;
    }

    private static void git(Path folder, String... arguments) throws IOException, InterruptedException {
        var command = new java.util.ArrayList<>(List.of("git"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).inheritIO();
        builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
        builder.environment().putAll(Map.of("GIT_CONFIG_GLOBAL", "/dev/null", "GIT_CONFIG_NOSYSTEM", "1"));
        if (builder.start().waitFor() != 0) {
            throw new IOException("git " + String.join(" ", arguments) + " failed");
        }
    }
}
