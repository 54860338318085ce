package dev.claudevm.bridge.checkpoint;

import org.jspecify.annotations.Nullable;

/**
 * One file in two states.
 *
 * @param status as in {@link FileChange}; {@code =} when both are the same
 * @param unified lines of a unified diff without file headers; empty when binary or the same
 * @param truncated there is more than the bound allows
 * @param lines how many lines the file has in the second state; null: it is not there, or no text
 */
public record FileDiff(
        String path,
        String from,
        String to,
        String status,
        boolean binary,
        @Nullable String oldMode,
        @Nullable String mode,
        String unified,
        boolean truncated,
        @Nullable Long lines) {}
