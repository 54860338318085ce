package dev.claudevm.cli.api;

/** What the process ends with. Scripts rely on the numbers. */
public enum ExitCode {
    OK(0),
    /** What was asked for did not work. */
    FAILED(1),
    /** The command line makes no sense. */
    USAGE(2),
    /** There is no such workspace, conversation, agent … */
    NOT_FOUND(3),
    NOT_LOGGED_IN(4),
    /** No server answers. */
    UNREACHABLE(5);

    private final int code;

    ExitCode(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }
}
