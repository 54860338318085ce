package dev.claudevm.conversation;

import dev.claudevm.protocol.Bridge;
import java.util.List;
import java.util.Optional;

/**
 * Which agents there are. A port: the package that knows agents implements it, and publishes {@link AgentsChanged} when an
 * answer of it changes.
 */
public interface Agents {

    /** @return those that a conversation may be made with, the default one first */
    List<KnownAgent> enabled();

    /** @return how a bridge starts each of them, with their keys. Secrets: never logged, sent to bridges only */
    List<Bridge.AgentSpec> specs();

    default Optional<KnownAgent> find(String name) {
        return enabled().stream().filter(agent -> agent.name().equals(name)).findFirst();
    }

    /**
     * @param name for example {@code claude}
     * @param label what people read, for example {@code Claude}
     * @param modes what {@code mode} may be; empty: the agent has none
     */
    record KnownAgent(String name, String label, List<Mode> modes) {}

    /** @param id as the agent knows it, for example {@code acceptEdits} */
    record Mode(String id, String label) {}
}
