/**
 * What listens in a workspace, opened in the browser: each port under a name of its own, so that it is an origin of its own,
 * behind the same login.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.preview;
