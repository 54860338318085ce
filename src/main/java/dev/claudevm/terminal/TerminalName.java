package dev.claudevm.terminal;

import dev.claudevm.problem.Problem;
import java.util.regex.Pattern;

/** What a terminal is called: 1 to 32 letters, digits, blanks, {@code _} and {@code -}; so it needs no quoting anywhere. */
record TerminalName(String value) {

    static final TerminalName DEFAULT = new TerminalName("default");

    private static final Pattern FORM = Pattern.compile("[\\p{L}\\p{N}](?:[\\p{L}\\p{N} _-]{0,30}[\\p{L}\\p{N}_-])?");

    /** @throws Problem when it is no such name */
    static TerminalName parse(String text) {
        if (!FORM.matcher(text).matches()) {
            throw Problem.invalid(
                    "\"" + (text.length() > 40 ? text.substring(0, 40) + "…" : text) + "\" is no name of a terminal.",
                    "Use 1 to 32 letters, digits, blanks, _ and -.");
        }
        return new TerminalName(text);
    }

    @Override
    public String toString() {
        return value;
    }
}
