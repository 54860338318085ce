/** Snapshots of this workspace with restic: which files, the way to the repository, making and restoring. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.bridge.snapshot;
