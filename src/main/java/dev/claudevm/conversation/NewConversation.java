package dev.claudevm.conversation;

import org.jspecify.annotations.Nullable;

/**
 * What a person asks for.
 *
 * @param agent null: the default
 * @param mode null: the agent's default
 * @param title null: the beginning of the first message
 */
public record NewConversation(
        @Nullable String agent,
        @Nullable String mode,
        @Nullable String title) {}
