package dev.claudevm.bridge.checkpoint;

/** One change of a file cannot be taken back alone; nothing was touched. The message says why and what to do. */
public final class HunkDoesNotApply extends RuntimeException {

    private static final long serialVersionUID = 1;

    HunkDoesNotApply(String message) {
        super(message);
    }
}
