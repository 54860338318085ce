package dev.claudevm.provider;

import org.jspecify.annotations.Nullable;

/** Hears of long work. Called by the thread that does the work; must not block for long. */
@FunctionalInterface
public interface Progress {

    /**
     * @param step what is being done, for people, for example {@code Project, 1,204 files}; the same text again updates
     *     the step
     * @param done finished; false: it goes on
     * @param detail a figure, for example {@code 102 of 250 MB}; null when there is none
     */
    void step(String step, boolean done, @Nullable String detail);

    /** @return false when nobody wants the work any more. Long work asks now and then, and gives up as if it had failed */
    default boolean wanted() {
        return true;
    }
}
