/**
 * Several workspaces out of one: each begins with the files of a snapshot, and has conversations and snapshots of its own. Who wants
 * copies comes here; how one is made is the workspaces' own matter.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.fork;
