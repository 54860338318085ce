package dev.claudevm.workspace;

import java.util.Locale;

/** What is being done to a workspace. Written down before it is begun, so that it goes on after a crash. */
enum Work {
    /** Make it if it is not made, start it, wait for its bridge. */
    UP,
    DOWN,
    /** Stop it if it is not needed; its bridge says whether that is so. */
    REST,
    /** Stop it at once, whatever runs in it and whatever else is being done to it. */
    KILL,
    /** Remove the provider's resources. */
    DELETE,
    /** The same, also when what it has now is in no snapshot. */
    DROP,
    /** Remove the record too. */
    PURGE;

    /** @return whether the provider's resources are to go, and with them what is left of a workspace whose provider is gone */
    boolean deletes() {
        return this == DELETE || this == DROP || this == PURGE;
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Work of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
