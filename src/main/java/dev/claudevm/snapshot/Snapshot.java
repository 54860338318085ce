package dev.claudevm.snapshot;

import dev.claudevm.protocol.Snapshots.LeftOut;
import dev.claudevm.protocol.Snapshots.Roots;
import dev.claudevm.workspace.WorkspaceId;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of a workspace's files, or the attempt at one.
 *
 * @param resticId restic's name for it; null while it is not done
 * @param bytes of all files, as they were
 * @param added what it takes in the store beside the ones before
 * @param roots where the folders were in the workspace
 * @param leftOut what was left out on purpose, the first of it
 * @param unread paths that could not be read, the first of them
 * @param mark how much had happened in the workspace's conversations
 */
public record Snapshot(
        String id,
        WorkspaceId workspace,
        Why why,
        State state,
        @Nullable String resticId,
        long files,
        long bytes,
        long added,
        @Nullable Roots roots,
        List<LeftOut> leftOut,
        List<String> unread,
        @Nullable String error,
        @Nullable String todo,
        long mark,
        Instant begunAt,
        @Nullable Instant endedAt) {

    /** What a snapshot is made for. */
    public enum Why {
        /** The agent came to rest. */
        REST,
        /** It works for long. */
        INTERVAL,
        STOP,
        DELETE,
        /** A person asked for it. */
        REQUEST;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public enum State {
        MAKING,
        DONE,
        /** It was done, and the store has lost a part of it since. */
        DAMAGED,
        FAILED;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
