package dev.claudevm.workspace;

/** State, steps or presence of a workspace changed. Published after the change is written down, by the thread that made it. */
public record WorkspaceChanged(WorkspaceId id) {}
