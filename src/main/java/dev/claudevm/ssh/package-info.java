/**
 * Where people come in by SSH: their keys, the server that they reach, the relay to their workspace's own SSH server.
 * Others see its REST API; what it needs of workspaces it asks {@code workspace} and {@code gateway}.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.ssh;
