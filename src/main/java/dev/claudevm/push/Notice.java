package dev.claudevm.push;

import org.jspecify.annotations.Nullable;

/**
 * Something that a person may want to be told, once.
 *
 * @param id of this one occurrence: the same command that is asked for again is another one
 * @param requestId the approval's or question's id
 * @param project its name
 * @param title the conversation's
 * @param agent its label
 * @param what in short, without anything that the agent or the project says: fit for a lock screen
 * @param details what the agent says; only for who allows it
 */
record Notice(
        String id,
        Kind kind,
        String conversationId,
        @Nullable String requestId,
        String project,
        String title,
        String agent,
        String what,
        String details) {}
