package dev.claudevm.push;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What a person can be told; each can be switched off on each device. */
enum Kind {
    /** An agent asks whether it may do something. */
    APPROVAL,
    /** An agent asks something. */
    QUESTION,
    /** An agent has come to rest, and nobody has looked since. */
    FINISHED,
    /** Something stands still until a person does something about it. */
    FAILED;

    /** @return its name on the wire and in the database */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Kind> of(String word) {
        return Stream.of(values()).filter(kind -> kind.word().equals(word)).findFirst();
    }
}
