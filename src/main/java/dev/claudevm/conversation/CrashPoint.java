package dev.claudevm.conversation;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Places at which a test kills the server. Inert unless the environment variable {@code CLAUDE_VM_TEST_CRASH} is set to
 * {@code <place>:<text>}: the process then halts at that place when it handles the first message that contains the text.
 */
enum CrashPoint {
    /** Nothing is stored. */
    BEFORE_STORE,
    /** Written, not committed. */
    BEFORE_COMMIT,
    /** Stored; nobody was told. */
    AFTER_COMMIT,
    /** The bridge has taken it; the server has not written that down. */
    AFTER_DELIVERY;

    private static final @Nullable String WANTED = System.getenv("CLAUDE_VM_TEST_CRASH");

    /** What a killed process leaves as exit code. */
    private static final int KILLED = 137;

    void reached(Written command) {
        reached(command.text());
    }

    /** Halts the process without any clean-up when a test wants it here. */
    void reached(@Nullable String text) {
        if (WANTED == null || text == null) {
            return;
        }
        String place = name().toLowerCase(Locale.ROOT).replace('_', '-') + ":";
        if (WANTED.startsWith(place) && text.contains(WANTED.substring(place.length()))) {
            Runtime.getRuntime().halt(KILLED);
        }
    }
}
