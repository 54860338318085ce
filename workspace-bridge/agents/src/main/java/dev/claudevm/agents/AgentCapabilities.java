package dev.claudevm.agents;

import java.util.List;

/**
 * What an agent can do; asked instead of its name.
 *
 * @param steering takes a message in the middle of a turn
 * @param images takes pictures in messages
 * @param resume goes on with its memory after its process died
 * @param modes permission modes, the safest first; empty when it has none
 */
public record AgentCapabilities(boolean steering, boolean images, boolean resume, List<Mode> modes) {

    /**
     * @param id on the wire
     * @param label what people read, for example {@code Ask me}
     */
    public record Mode(String id, String label) {}
}
