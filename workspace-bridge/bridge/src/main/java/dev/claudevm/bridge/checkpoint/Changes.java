package dev.claudevm.bridge.checkpoint;

import java.util.List;

/**
 * What differs between two states.
 *
 * @param from id of a checkpoint
 * @param to id of a checkpoint; when "now" was asked for, of the one that was taken for it
 * @param total how many files differ; {@code files} may be a part of them
 * @param additions lines of all of them
 * @param more there are further ones after the last of {@code files}
 */
public record Changes(
        String from, String to, long total, long additions, long deletions, List<FileChange> files, boolean more) {}
