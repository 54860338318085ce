/**
 * The project's own git, for people: what differs, commits, branches, remotes. {@link dev.claudevm.bridge.git.GitRoutes} is
 * the way in. The workspace's git program does the work, as the workspace's user; it is never given a name as an option.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.bridge.git;
