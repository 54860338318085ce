package dev.claudevm.agent;

import dev.claudevm.agents.AgentCapabilities.Mode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An agent as Settings, New and the API show it.
 *
 * @param label what people read
 * @param isDefault chosen when nothing is said
 * @param demo does nothing real: labelled so wherever it shows
 * @param state what keeps it from working, if anything
 * @param todo for whatever state is not {@link State#READY}: what is wrong and what to do; else empty
 * @param keyOrigin {@code config}, {@code environment}, {@code settings}, {@code login}, {@code none} or
 *     {@code not_needed}; never the key
 * @param modes permission modes, the safest first
 * @param defaultMode of new conversations; null: the agent has none
 * @param program where it comes from; null: there is none
 * @param login this machine's own login with the agent; null: this agent has no such thing
 * @param installation the last or running one; null: there was none
 */
public record Agent(
        String name,
        String label,
        boolean isDefault,
        boolean demo,
        State state,
        String todo,
        String keyOrigin,
        List<Mode> modes,
        @Nullable String defaultMode,
        @Nullable String program,
        @Nullable Login login,
        @Nullable Installation installation) {

    /** Whether it can work. */
    public enum State {
        READY,
        NEEDS_KEY,
        NEEDS_INSTALLATION,
        INSTALLING;

        /** @return as in JSON: lower case */
        @com.fasterxml.jackson.annotation.JsonValue
        public String wire() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * @param found the machine's user is logged in with the agent
     * @param lent workspaces may use that
     * @param fixed {@code config.yaml} says so, Settings cannot change it
     */
    public record Login(boolean found, boolean lent, boolean fixed) {}

    /**
     * @param running still at it
     * @param bytes arrived so far
     * @param error what went wrong and what to do; null: nothing
     */
    public record Installation(
            String version,
            boolean running,
            long bytes,
            @Nullable String error) {}
}
