package dev.claudevm.ui;

import java.time.Duration;
import java.time.Instant;

/** How long ago something was, in the few words that fit on a phone. */
public final class Ago {

    private Ago() {}

    public static String of(Instant then, Instant now) {
        Duration gone = Duration.between(then, now);
        if (gone.toMinutes() < 1) {
            return "now";
        }
        if (gone.toHours() < 1) {
            return gone.toMinutes() + " min";
        }
        if (gone.toDays() < 1) {
            return gone.toHours() + " h";
        }
        return gone.toDays() == 1 ? "1 day" : gone.toDays() + " days";
    }
}
