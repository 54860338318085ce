/**
 * Workspaces on this machine: a folder with a copy of the project, run in a bubblewrap sandbox, or as plain processes where
 * that does not work. The control plane uses {@link dev.claudevm.provider.local.LocalProvider} and its options only.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.provider.local;
