package dev.claudevm.conversation;

/** What {@link Agents} says has changed: connected bridges are told again. */
public record AgentsChanged() {}
