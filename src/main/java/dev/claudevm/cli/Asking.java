package dev.claudevm.cli;

import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Asks somebody at a terminal, line by line. Must not be used where nobody is {@link Surroundings#typing typing}. */
final class Asking {

    private final Surroundings here;
    private final BufferedReader in;
    private final @Nullable Console console;

    Asking(Surroundings here) {
        this.here = here;
        this.in = new BufferedReader(new InputStreamReader(here.in(), StandardCharsets.UTF_8));
        this.console = here.in() == System.in ? System.console() : null;
    }

    void say(String text) {
        here.err().println(PlainText.lines(text));
    }

    /** @return what was typed, stripped; may be empty */
    String line(String prompt) {
        prompt(prompt);
        try {
            String line = console == null ? in.readLine() : console.readLine();
            return typed(line);
        } catch (IOException e) {
            return typed(null);
        }
    }

    /** The same for what nobody shall see. */
    String hidden(String prompt) {
        if (console == null) {
            return line(prompt);
        }
        prompt(prompt);
        char[] line = console.readPassword();
        return typed(line == null ? null : new String(line));
    }

    boolean yes(String question) {
        return line(question + " [y/N] ").toLowerCase(Locale.ROOT).matches("y|yes");
    }

    private void prompt(String prompt) {
        here.err().print(PlainText.line(prompt));
        here.err().flush();
    }

    private static String typed(@Nullable String line) {
        if (line == null) {
            throw new CliException(ExitCode.FAILED, "Given up.", "");
        }
        return line.strip();
    }
}
