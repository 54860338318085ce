package dev.claudevm.provider;

import org.jspecify.annotations.Nullable;

/**
 * @param workspaceId two words and a number, for example {@code bold-fire-1234}
 * @param source a git URL, or the absolute path of a folder on the control plane's machine; null: the project begins empty
 * @param branch what to check out; null: the default
 * @param image the system that the workspace lives in, for providers with images; null: the provider's default
 */
public record CreateSpec(
        String workspaceId,
        @Nullable String source,
        @Nullable String branch,
        @Nullable String image) {

    public CreateSpec(String workspaceId, String source, @Nullable String branch) {
        this(workspaceId, source, branch, null);
    }

    /** Of a workspace whose files come from elsewhere once it runs. */
    public static CreateSpec empty(String workspaceId, @Nullable String image) {
        return new CreateSpec(workspaceId, null, null, image);
    }
}
