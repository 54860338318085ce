package dev.claudevm.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What control plane and bridge say about snapshots: one JSON document asks, lines of JSON answer, the last one says how it ended. */
public final class Snapshots {

    private Snapshots() {}

    /**
     * {@code POST /v1/snapshots}.
     *
     * @param password of the repository. A secret
     * @param secret of the way to the repository; good for this snapshot only
     * @param whole every file is read, also what has not changed since the snapshot before: that one cannot be relied on
     * @param tag what it is made for: one word
     * @param seconds it is given up after
     */
    public record Make(String password, String secret, boolean whole, String tag, long seconds) {
        @Override
        public String toString() {
            return "Make[" + tag + "]";
        }
    }

    /**
     * {@code POST /v1/snapshots/restore}: what is in the project is replaced.
     *
     * @param roots where the snapshot's folders were
     * @param copy it is another workspace's: its conversations and checkpoints stay there
     */
    public record Restore(String password, String secret, String snapshotId, Roots roots, long seconds, boolean copy) {
        @Override
        public String toString() {
            return "Restore[" + snapshotId + "]";
        }
    }

    /**
     * {@code POST /v1/restored/{conversation}}: what the control plane has of a conversation's journal behind the end of the
     * one that was brought back.
     *
     * @param after the number of the last event that the bridge has
     * @param events whole, in order, numbered from {@code after + 1} on
     */
    public record Journal(
            Bridge.ConversationSpec conversation, long after, List<tools.jackson.databind.JsonNode> events) {}

    /** The answer to {@code GET} and {@code POST /v1/restored/{conversation}}. @param last number of the newest event; 0: none */
    public record Last(long last) {}

    /** Absolute paths in the workspace. @param state of the bridge */
    public record Roots(String project, String home, String state) {}

    /** @param path as in section 2 of the architecture. @param why for people */
    public record LeftOut(String path, String why) {}

    /**
     * A line of the answer.
     *
     * @param type {@code progress}, {@code beat} (about once a second), and at last {@code done} or {@code failed}
     * @param snapshotId the first letters of its id, at least eight
     * @param files seen so far, or in all
     * @param totalFiles that are known of
     * @param bytes likewise
     * @param added bytes that were new
     * @param leftOut the first of them
     * @param unread paths that could not be read, the first of them: the snapshot lacks them
     */
    public record Line(
            String type,
            @Nullable String snapshotId,
            long files,
            long totalFiles,
            long bytes,
            long totalBytes,
            long added,
            @Nullable Roots roots,
            @Nullable List<LeftOut> leftOut,
            long leftOutTotal,
            @Nullable List<String> unread,
            @Nullable String error,
            @Nullable String todo) {

        public static Line beat() {
            return new Line("beat", null, 0, 0, 0, 0, 0, null, null, 0, null, null, null);
        }

        public static Line progress(long files, long totalFiles, long bytes, long totalBytes) {
            return new Line("progress", null, files, totalFiles, bytes, totalBytes, 0, null, null, 0, null, null, null);
        }

        public static Line failed(String error, String todo) {
            return new Line("failed", null, 0, 0, 0, 0, 0, null, null, 0, null, error, todo);
        }
    }
}
