package dev.claudevm.provider;

import org.jspecify.annotations.Nullable;

/**
 * @param workspaceId two words and a number, for example {@code bold-fire-1234}
 * @param source a git URL, or the absolute path of a folder on the control plane's machine
 * @param branch what to check out; null: the default
 */
public record CreateSpec(
        String workspaceId, String source, @Nullable String branch) {}
