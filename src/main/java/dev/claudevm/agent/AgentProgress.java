package dev.claudevm.agent;

/** An installation of that agent's program goes on, or failed. Its end is an {@link AgentsChanged}. */
record AgentProgress(String agent) {}
