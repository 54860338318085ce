package dev.claudevm.provider;

import java.util.List;

/**
 * @param sandboxed the agent cannot see the host's files and processes
 * @param warnings what a person should know before they trust it with work, one sentence each; shown in the UI
 */
public record Capabilities(boolean sandboxed, List<String> warnings) {}
