/**
 * The agents that can be chosen: their programs, their keys, what they can do. Others ask {@link dev.claudevm.agent.AgentCatalog}
 * and listen to {@link dev.claudevm.agent.AgentsChanged}; nobody else sees a key.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.agent;
