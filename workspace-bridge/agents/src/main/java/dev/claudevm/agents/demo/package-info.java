/**
 * An agent that needs no key and no network: it shows people what claude-vm does, and is driven by scripts in tests. It
 * is a program of its own that speaks Claude Code's protocol; nothing here is called by the bridge.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.agents.demo;
