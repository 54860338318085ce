package dev.claudevm.conversation;

/**
 * A message in the workspace's queue.
 *
 * @param attachments how many
 */
public record Waiting(String messageId, String text, String by, int attachments) {}
