package dev.claudevm.gateway;

/**
 * A bridge came home or was lost. Events of one workspace are published in order, one at a time, by one thread; ask
 * {@link Gateway#bridge} for what is true now.
 */
public record PresenceChanged(String workspaceId, long generation, boolean online) {}
