/**
 * Who is let in: login links, devices (browsers that are logged in), API tokens, and the filters that ask for them. One
 * user, {@code owner}, for now. Other features see {@link dev.claudevm.access.Caller} and need nothing else of it.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.access;
