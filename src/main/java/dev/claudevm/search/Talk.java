package dev.claudevm.search;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A conversation as far as it is indexed.
 *
 * @param title what a person called it; "": it is called after its first message, which is found itself
 * @param workspaceName what a person called the workspace; null: its id is its name
 * @param lastSeq the newest event of the mirror
 */
record Talk(
        String conversation,
        String workspace,
        String title,
        @Nullable String workspaceName,
        long lastSeq,
        Instant updatedAt) {

    /** @return what is found of it besides what was said in it */
    String names() {
        return title + "\n" + (workspaceName == null ? "" : workspaceName + "\n") + workspace;
    }
}
