package dev.claudevm.cli.chat;

import dev.claudevm.cli.PlainText;

/** Colours a diff's lines for a terminal, and takes the control characters out of them. */
public final class DiffInk {

    private final Ink ink;

    public DiffInk(Ink ink) {
        this.ink = ink;
    }

    public String line(String line) {
        String plain = PlainText.lines(line);
        if (plain.startsWith("diff ")
                || plain.startsWith("--- ")
                || plain.startsWith("+++ ")
                || plain.startsWith("new file ")
                || plain.startsWith("deleted file ")) {
            return ink.bold(plain);
        }
        return switch (plain.isEmpty() ? ' ' : plain.charAt(0)) {
            case '+' -> ink.good(plain);
            case '-' -> ink.bad(plain);
            case '@' -> ink.dim(plain);
            default -> plain;
        };
    }
}
