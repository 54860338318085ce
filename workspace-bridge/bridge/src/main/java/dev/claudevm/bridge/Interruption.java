package dev.claudevm.bridge;

import org.jspecify.annotations.Nullable;

/** The turn that a person wants to stop, and how long its agent may take to do so. Used by the conversation's thread. */
final class Interruption {

    private final long patienceMillis;
    private @Nullable String turnId;
    private long askedAt;
    private int endedRun;

    /** @param patienceMillis after so long the agent is ended */
    Interruption(long patienceMillis) {
        this.patienceMillis = patienceMillis;
    }

    /** A second wish for the same turn gives it no more time. */
    void asked(String turn, long nowMillis) {
        if (!turn.equals(turnId)) {
            turnId = turn;
            askedAt = nowMillis;
        }
    }

    /** @param running the turn that runs now */
    boolean overdue(String running, long nowMillis) {
        return running.equals(turnId) && nowMillis - askedAt >= patienceMillis;
    }

    void ended(int run) {
        turnId = null;
        endedRun = run;
    }

    /** @return whether this run was ended because it did not stop */
    boolean hasEnded(int run) {
        return endedRun == run;
    }
}
