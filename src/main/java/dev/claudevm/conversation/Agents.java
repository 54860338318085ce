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

    /**
     * Begins what that agent needs and nobody has to decide, for example the installation of its program. Returns at once;
     * {@link #need} tells how it goes, and {@link AgentNeedsChanged} when to look.
     */
    default void prepare(String name) {}

    /** @return what keeps that agent from working; messages to it wait until it is nothing */
    default Optional<Need> need(String name) {
        return Optional.empty();
    }

    default Optional<KnownAgent> find(String name) {
        return enabled().stream().filter(agent -> agent.name().equals(name)).findFirst();
    }

    /**
     * What an agent lacks.
     *
     * @param what is wrong, or being done
     * @param todo what a person can do; empty when nobody has to
     * @param passing it goes by itself
     */
    record Need(String what, String todo, boolean passing) {

        /** @return both, as one text for people */
        public String text() {
            return todo.isEmpty() ? what : what + " " + todo;
        }
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
