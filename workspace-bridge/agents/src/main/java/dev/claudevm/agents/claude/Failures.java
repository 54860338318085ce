package dev.claudevm.agents.claude;

import dev.claudevm.agents.Fact;
import java.util.Locale;
import java.util.Optional;

/** What went wrong between Claude Code and the model, in words for people. */
final class Failures {

    private Failures() {}

    /** @param status of HTTP; 0: there was no answer */
    static String why(int status, String error) {
        return switch (status) {
            case 0 -> "The model cannot be reached.";
            case 401, 403 -> "The key is refused (" + status + ").";
            case 429 -> "Too many requests for this key (429).";
            case 529 -> "The model is overloaded (529).";
            default -> "The model answered with error " + status + (error.isEmpty() ? "." : " (" + error + ").");
        };
    }

    /** @return what only a person can mend */
    static Optional<Fact.Failed> person(int status, String message) {
        String text = message.toLowerCase(Locale.ROOT);
        if (text.contains("credit balance") || status == 402) {
            return Optional.of(new Fact.Failed(
                    "The account of this key has no credit left.",
                    "Buy credit at the key's provider, then try again."));
        }
        if (status == 401
                || status == 403
                || text.contains("invalid api key")
                || text.contains("not logged in")
                || text.contains("/login")) {
            return Optional.of(new Fact.Failed(
                    "The key for Claude is missing or refused.", "Give a valid key in Settings, then try again."));
        }
        if (text.contains("usage limit") || text.contains("hit your limit")) {
            return Optional.of(new Fact.Failed(
                    "The usage limit of this Claude subscription is reached.",
                    "Wait until it is reset, or use an API key."));
        }
        return Optional.empty();
    }

    /** Once in a turn is enough. */
    static void sayOnce(Reading reading, Fact.Failed failed) {
        if (!reading.state.turn().failureSaid()) {
            reading.state = reading.state.with(reading.state.turn().withFailureSaid());
            reading.say(failed);
        }
    }
}
