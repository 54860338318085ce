/**
 * Fixtures for tests that use real programs: a stand-in model for Claude Code, a proxy that breaks connections, and
 * processes that inherit nothing. Every module may use them in test scope; they use nothing of ours.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.testkit;
