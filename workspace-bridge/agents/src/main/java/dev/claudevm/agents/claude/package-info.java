/**
 * Claude Code's stream-json protocol ({@code claude -p --input-format stream-json --output-format stream-json}), as
 * measured with the pinned version. Only {@link dev.claudevm.agents.claude.ClaudeAdapter} is for others.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.agents.claude;
