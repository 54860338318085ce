/**
 * Checkpoints of a workspace's project folder in a store outside of it. {@link
 * dev.claudevm.bridge.checkpoint.Checkpoints} is the way in; it knows nothing of conversations and HTTP. git is the
 * store's engine, and never sees the project: what lies in the folder is read here and streamed to it.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.bridge.checkpoint;
