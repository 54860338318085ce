package dev.claudevm.agent;

/** A key, a program or a choice changed: bridges that are online are given {@link AgentCatalog#specs()} again. */
public record AgentsChanged() {}
