package dev.claudevm.workspace;

import org.jspecify.annotations.Nullable;

/**
 * What a person asks for. Nothing in it is checked yet.
 *
 * @param source a git URL or a folder's path
 * @param provider null: the default
 * @param branch null: the project's default
 * @param image for providers with images
 * @param name null: the id
 */
public record NewWorkspace(
        @Nullable String source,
        @Nullable String provider,
        @Nullable String branch,
        @Nullable String image,
        @Nullable String name) {

    public static NewWorkspace of(String source) {
        return new NewWorkspace(source, null, null, null, null);
    }
}
