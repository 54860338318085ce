/**
 * The process in each workspace: it keeps the journals of the conversations, runs their agents in tmux and dials home.
 * Only {@link dev.claudevm.bridge.BridgeMain} is for others; they talk to it over HTTP and SSH.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.bridge;
