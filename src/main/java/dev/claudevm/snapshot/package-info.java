/**
 * Snapshots of workspaces' files: restic's repositories in the object store, the backend through which workspaces reach
 * theirs, when a snapshot is made and how one comes back. Others ask {@link dev.claudevm.snapshot.Snapshots}.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.snapshot;
