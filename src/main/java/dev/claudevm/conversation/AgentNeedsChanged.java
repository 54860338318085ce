package dev.claudevm.conversation;

/** {@link Agents#need} of that agent says something else now; published by who implements {@link Agents}. */
public record AgentNeedsChanged(String agent) {}
