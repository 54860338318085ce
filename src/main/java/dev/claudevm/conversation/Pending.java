package dev.claudevm.conversation;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a person said that the workspace does not have yet, or refused.
 *
 * @param kind the command's name on the wire, for example {@code enqueue}
 * @param state {@code stored}, {@code delivering} or {@code refused}
 * @param why it was refused, or what keeps it
 */
public record Pending(
        String id,
        String kind,
        @Nullable String messageId,
        @Nullable String text,
        String state,
        @Nullable String why,
        Instant at) {

    /** @return it is on its way, as opposed to refused */
    boolean waits() {
        return !state.equals("refused");
    }

    Pending because(String keeps) {
        return new Pending(id, kind, messageId, text, state, keeps, at);
    }
}
