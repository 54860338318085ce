/**
 * Terminals: tmux sessions in workspaces, shown in the browser over a web socket. What is on the socket is in
 * docs/terminal.md. Nobody else needs anything of it.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.terminal;
