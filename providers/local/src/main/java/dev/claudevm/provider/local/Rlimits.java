package dev.claudevm.provider.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Our own resource limits: nobody but root may give a child more. */
final class Rlimits {

    private Rlimits() {}

    /** @return {@code wanted}, or our own hard limit of that name in {@code /proc/self/limits} when that is lower */
    static long atMost(String name, long wanted) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
                if (line.startsWith(name + " ")) {
                    String hard = line.substring(name.length()).strip().split("\\s+")[1];
                    return hard.equals("unlimited") ? wanted : Math.min(wanted, Long.parseLong(hard));
                }
            }
        } catch (IOException | NumberFormatException e) {
            // Then the limit itself will say what is wrong.
        }
        return wanted;
    }
}
