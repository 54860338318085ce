/** Secrets of every part, encrypted at rest. Each has a name that begins with its part's own word. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.secret;
