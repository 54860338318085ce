package dev.claudevm.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Programs in a group of their own, so that a child which lost its parent is found as well. */
final class ProcessGroup {

    /** Part of util-linux; without it only descendants can be found. */
    private static final Path SETSID = Path.of("/usr/bin/setsid");

    private ProcessGroup() {}

    /** The process keeps its pid: setsid becomes the program. */
    static List<String> own(List<String> command) {
        if (!Files.isExecutable(SETSID)) {
            return command;
        }
        List<String> whole = new ArrayList<>(List.of(SETSID.toString(), "--"));
        whole.addAll(command);
        return whole;
    }

    /** Kills the group that {@code leader} made; does nothing when it made none. */
    static void kill(long leader) {
        try {
            new ProcessBuilder("kill", "-9", "--", "-" + leader)
                    .redirectErrorStream(true)
                    .start()
                    .waitFor();
        } catch (IOException noKill) {
            // Descendants are killed one by one.
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
