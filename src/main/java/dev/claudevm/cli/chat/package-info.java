/** A conversation in a terminal: what its events look like, what is typed, and the outbox of what was said. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.cli.chat;
