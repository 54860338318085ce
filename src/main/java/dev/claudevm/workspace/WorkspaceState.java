package dev.claudevm.workspace;

import java.util.Locale;

/** Where a workspace is. */
public enum WorkspaceState {
    /** Being made or started: it becomes running or failed. */
    CREATING,
    RUNNING,
    STOPPING,
    STOPPED,
    /** Could not be made or started; {@link Workspace#reason} says why. {@code up} tries again. */
    FAILED,
    /** Its files are gone; what was said in it can still be read. */
    DELETED;

    /** @return the word in API, UI and database */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static WorkspaceState of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
