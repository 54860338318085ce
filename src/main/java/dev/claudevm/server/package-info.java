/** Start and end of the server: home, port, TLS, the line {@code Open http://…}. Only the command line comes in here. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.server;
