package dev.claudevm.server;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Opens the link in this machine's browser, where there is a screen. Not being able to is no error: the line is there. */
final class Browser {

    private Browser() {}

    static void open(String link, Map<String, String> environment) {
        command(environment, System.getProperty("os.name", "")).ifPresent(command -> {
            try {
                new ProcessBuilder(command, link)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
            } catch (IOException e) {
                // no such program
            }
        });
    }

    static Optional<String> command(Map<String, String> environment, String system) {
        if (system.toLowerCase(Locale.ROOT).startsWith("mac")) {
            return Optional.of("open");
        }
        boolean display = environment.containsKey("DISPLAY") || environment.containsKey("WAYLAND_DISPLAY");
        return display && !environment.containsKey("SSH_CONNECTION") ? Optional.of("xdg-open") : Optional.empty();
    }
}
