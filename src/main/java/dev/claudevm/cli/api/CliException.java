package dev.claudevm.cli.api;

import org.jspecify.annotations.Nullable;

/** Ends the command: the message says what is wrong, {@link #todo} what to do about it. */
public class CliException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ExitCode exit;
    private final String todo;

    public CliException(ExitCode exit, String whatIsWrong, String todo) {
        this(exit, whatIsWrong, todo, null);
    }

    public CliException(ExitCode exit, String whatIsWrong, String todo, @Nullable Throwable cause) {
        super(whatIsWrong, cause);
        this.exit = exit;
        this.todo = todo;
    }

    public ExitCode exit() {
        return exit;
    }

    /** @return empty when there is nothing to say */
    public String todo() {
        return todo;
    }

    /** @return the message, never null */
    public String what() {
        return String.valueOf(getMessage());
    }
}
