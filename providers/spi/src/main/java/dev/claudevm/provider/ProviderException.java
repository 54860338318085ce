package dev.claudevm.provider;

import org.jspecify.annotations.Nullable;

/** A provider could not do what it was asked. The message says what is wrong; {@link #todo} what to do about it. */
public class ProviderException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String todo;

    public ProviderException(String whatIsWrong, String todo) {
        this(whatIsWrong, todo, null);
    }

    public ProviderException(String whatIsWrong, String todo, @Nullable Throwable cause) {
        super(whatIsWrong, cause);
        this.todo = todo;
    }

    public String todo() {
        return todo;
    }
}
