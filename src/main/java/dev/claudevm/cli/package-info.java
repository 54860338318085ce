/**
 * The command line: a class a command, which parses, asks the server over REST and returns an {@link
 * dev.claudevm.cli.Answer} for the {@link dev.claudevm.cli.Printer}. Nobody comes in here; {@code web} alone goes out to
 * the server's start.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.cli;
