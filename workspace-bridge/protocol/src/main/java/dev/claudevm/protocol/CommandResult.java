package dev.claudevm.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The bridge's answer to a {@link Command}; the same for each repetition of its id.
 *
 * @param outcome whether the command had an effect
 * @param why for people, when it was refused: for example who answered first
 */
public record CommandResult(Outcome outcome, @Nullable String why) {

    /** What became of a command. */
    public enum Outcome {
        /** Written down; its events are in the journal. */
        TAKEN,
        /** Written down as refused: it came too late or makes no sense now. */
        REFUSED
    }

    public static CommandResult taken() {
        return new CommandResult(Outcome.TAKEN, null);
    }

    public static CommandResult refused(String why) {
        return new CommandResult(Outcome.REFUSED, why);
    }
}
