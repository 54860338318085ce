package dev.claudevm.agents;

/** What an adapter remembers between lines. Immutable; each adapter has its own. */
public interface AgentState {}
