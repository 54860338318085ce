package dev.claudevm.backup;

import dev.claudevm.protocol.Snapshots.LeftOut;
import dev.claudevm.protocol.Snapshots.Roots;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a backup says of itself, before everything else. Nothing in it is believed before it was checked.
 *
 * @param format {@value #FORMAT}; readers refuse what is newer
 * @param madeBy the version of the server
 * @param password of the repository in it: whoever has the file has the files
 * @param snapshots newest first; the first is the one that a restored workspace begins with
 */
record Manifest(
        int format,
        String madeBy,
        Instant madeAt,
        WorkspacePart workspace,
        String password,
        List<SnapshotPart> snapshots,
        List<ConversationPart> conversations) {

    static final int FORMAT = 1;
    static final String NAME = "manifest.json";

    /**
     * A workspace's record, without what belongs to one installation.
     *
     * @param source of its project, without a password in it
     */
    record WorkspacePart(
            String id,
            @Nullable String name,
            String project,
            String source,
            String provider,
            @Nullable String branch,
            @Nullable String image,
            @Nullable Integer idleMinutes,
            Instant createdAt) {}

    /** The record of a snapshot that is whole: the fields of {@link dev.claudevm.snapshot.Snapshot}. */
    record SnapshotPart(
            String id,
            String why,
            String resticId,
            long files,
            long bytes,
            long added,
            Roots roots,
            List<LeftOut> leftOut,
            List<String> unread,
            long mark,
            Instant begunAt,
            @Nullable Instant endedAt) {}

    /** @param title null: the first message's beginning. @param lastSeq so many events follow */
    record ConversationPart(
            String id,
            String agent,
            @Nullable String mode,
            @Nullable String title,
            long lastSeq,
            long seenSeq,
            Instant createdAt) {}
}
