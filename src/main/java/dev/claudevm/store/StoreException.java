package dev.claudevm.store;

import org.jspecify.annotations.Nullable;

/** The object store did not do it. The message says what is wrong, {@link #todo} what to do; neither holds a secret. */
public final class StoreException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Whether it helps to try again. */
    public enum Kind {
        /** It may work later: not reachable, overloaded, cut off. */
        UNAVAILABLE,
        /** No room. */
        FULL,
        /** Until somebody changes something: credentials, rights, a missing bucket. */
        REFUSED,
        /** What was to be stored could not be read, or was not what it should be. The store is well. */
        SOURCE
    }

    private final Kind kind;
    private final String todo;

    StoreException(Kind kind, String message, String todo, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.todo = todo;
    }

    public Kind kind() {
        return kind;
    }

    public String todo() {
        return todo;
    }
}
