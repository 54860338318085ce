/** The REST and SSE client of the command line. Knows addresses, tokens and problems; nothing of terminals. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.cli.api;
