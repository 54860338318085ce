package dev.claudevm.config;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Places at which a test kills the server. Inert unless the environment variable {@code CLAUDE_VM_TEST_CRASH} is set to
 * {@code <place>:<text>}: the process then halts at that place when it handles the first message that contains the text, or the workspace of
 * that id.
 */
public enum CrashPoint {
    /** A message: nothing is stored. */
    BEFORE_STORE,
    /** Written, not committed. */
    BEFORE_COMMIT,
    /** Stored; nobody was told. */
    AFTER_COMMIT,
    /** The bridge has taken it; the server has not written that down. */
    AFTER_DELIVERY,

    /** A snapshot: that it is made is written down. */
    SNAPSHOT_BEGUN,
    /** It is in the store. */
    SNAPSHOT_STORED,
    /** That is written down. */
    SNAPSHOT_RECORDED,

    /** A restoration: what was there before is gone. */
    RESTORE_GONE,
    /** An empty workspace is made. */
    RESTORE_EMPTY,
    /** It runs, and has its files. */
    RESTORE_FILES,
    /** It has its journals. */
    RESTORE_JOURNALS,
    /** What ran in them has ended. */
    RESTORE_ENDED,
    /** It is written down that all is back; the bridge was not told. */
    RESTORE_SETTLED,

    /** A copy of a workspace: that it is wanted is written down. The text is the id of the one that is copied. */
    FORK_WRITTEN,
    /** With which snapshot it begins is written down. */
    FORK_CHOSEN,

    /** A purge: it is written down that the objects are to go. */
    PURGE_ASKED,
    /** The workspace's record is gone. */
    PURGE_FORGOTTEN,
    /** The objects are gone. */
    PURGE_REMOVED;

    private static final @Nullable String WANTED = System.getenv("CLAUDE_VM_TEST_CRASH");

    /** What a killed process leaves as exit code. */
    private static final int KILLED = 137;

    /** Halts the process without any clean-up when a test wants it here. */
    public void reached(@Nullable String text) {
        if (WANTED == null || text == null) {
            return;
        }
        String place = name().toLowerCase(Locale.ROOT).replace('_', '-') + ":";
        if (WANTED.startsWith(place) && text.contains(WANTED.substring(place.length()))) {
            Runtime.getRuntime().halt(KILLED);
        }
    }
}
