package dev.claudevm.bridge;

import org.jspecify.annotations.Nullable;

/**
 * Places at which a test kills the bridge. Inert unless the environment variable {@code CLAUDE_VM_TEST_CRASH} is set to
 * {@code <place>:<text>}: the process then halts at that place when it handles the first commit that contains the text.
 */
enum CrashPoint {
    BEFORE_WRITE,
    AFTER_WRITE,
    AFTER_FSYNC,
    AFTER_SEND;

    private static final @Nullable String WANTED = System.getenv("CLAUDE_VM_TEST_CRASH");

    /** What a killed process leaves as exit code. */
    private static final int KILLED = 137;

    /** Halts the process without any clean-up when a test wants it here. */
    void reached(String commit) {
        if (WANTED == null) {
            return;
        }
        String place = name().toLowerCase(java.util.Locale.ROOT).replace('_', '-') + ":";
        if (WANTED.startsWith(place) && commit.contains(WANTED.substring(place.length()))) {
            Runtime.getRuntime().halt(KILLED);
        }
    }
}
