/**
 * Tells phones that something needs their person, by Web Push (RFC 8030, 8291, 8292): what asks for it, to whom it goes, and
 * the way there. Reads conversations and workspaces; nobody needs anything of it.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.push;
