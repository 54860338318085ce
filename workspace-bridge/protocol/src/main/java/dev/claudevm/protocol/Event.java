package dev.claudevm.protocol;

import java.time.Instant;

/**
 * One numbered entry of a conversation's journal.
 *
 * @param seq counts 1, 2, 3 … in each conversation without a gap
 * @param at when the bridge wrote it down
 * @param body what happened
 */
public record Event(long seq, Instant at, EventBody body) {

    /** @return the name on the wire, for example {@code turn.started} */
    public String type() {
        return EventCodec.typeOf(body);
    }
}
