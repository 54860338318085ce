package dev.claudevm.bridge.checkpoint;

import org.jspecify.annotations.Nullable;

/**
 * How a file differs between two states.
 *
 * @param status {@code A} added, {@code M} changed, {@code D} deleted, {@code T} became something else (a link, a file)
 * @param additions lines; 0 when binary
 * @param binary its lines cannot be counted
 * @param oldSize in bytes; null when it was not there
 * @param size in bytes; null when it is not there
 * @param oldMode octal permission bits ({@code 120000} for a link); null when it was not there
 * @param mode likewise; null when it is not there
 */
public record FileChange(
        String path,
        String status,
        long additions,
        long deletions,
        boolean binary,
        @Nullable Long oldSize,
        @Nullable Long size,
        @Nullable String oldMode,
        @Nullable String mode) {}
