/**
 * Workspaces: records, states, and the lifecycle (create, up, down, delete) over providers. Others come in through
 * {@link dev.claudevm.workspace.WorkspaceService} and listen to {@link dev.claudevm.workspace.WorkspaceChanged}.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.workspace;
