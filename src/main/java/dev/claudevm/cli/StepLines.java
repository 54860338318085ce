package dev.claudevm.cli;

import java.io.PrintStream;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Steps of long work on the error stream: one line that is redrawn for somebody who watches, else a line a step. */
final class StepLines implements AutoCloseable {

    private static final String SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
    private static final String CLEAR = "\r\u001b[K";

    private final PrintStream err;
    private final boolean redraw;
    private final Set<String> said = new HashSet<>();
    private int turn;
    private boolean open;

    StepLines(Surroundings here) {
        this.err = here.err();
        this.redraw = here.watching();
    }

    synchronized void show(List<Workspace.Step> steps) {
        for (Workspace.Step step : steps) {
            if (step.done() && said.add(step.step())) {
                clear();
                err.println("  ✓ " + text(step) + (step.ms() > 0 ? " (" + seconds(step.ms()) + ")" : ""));
            } else if (!step.done() && !redraw && said.add("… " + step.step())) {
                err.println("  … " + PlainText.line(step.step()));
            }
        }
        if (redraw) {
            steps.stream()
                    .filter(step -> !step.done())
                    .reduce((_, last) -> last)
                    .ifPresent(this::spin);
        }
        err.flush();
    }

    /** The person leaves with Ctrl-C; the work does not stop. */
    synchronized void leave(String words) {
        clear();
        err.println(words);
        err.flush();
    }

    @Override
    public synchronized void close() {
        clear();
        err.flush();
    }

    private void spin(Workspace.Step step) {
        turn = (turn + 1) % SPINNER.length();
        err.print(CLEAR + "  " + SPINNER.charAt(turn) + " " + text(step));
        open = true;
    }

    private void clear() {
        if (open) {
            err.print(CLEAR);
            open = false;
        }
    }

    private static String text(Workspace.Step step) {
        return PlainText.line(step.step())
                + (step.detail() == null || step.detail().isEmpty() ? "" : ", " + PlainText.line(step.detail()));
    }

    private static String seconds(long ms) {
        return "%d.%d s".formatted(ms / 1000, ms % 1000 / 100);
    }
}
