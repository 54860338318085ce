package dev.claudevm.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** A small web server that runs from its source in a workspace: what a person would look at there. */
public final class PreviewedProgram {

    private static final String SOURCE = "Previewed.java";

    private PreviewedProgram() {}

    /**
     * Puts the source into a project.
     *
     * @return a shell command that starts it there, in the background; its first line of output, in {@code server.log},
     *     says the port
     */
    public static String in(Path project, String address, int port) throws IOException {
        try (InputStream source = PreviewedProgram.class.getResourceAsStream(SOURCE)) {
            Files.copy(Objects.requireNonNull(source), project.resolve(SOURCE));
        }
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return "setsid " + java + " -Xmx64m " + SOURCE + " " + address + " " + port
                + " > server.log 2>&1 < /dev/null & disown;"
                + " while kill -0 $! && ! grep -q listening server.log; do sleep 0.1; done; cat server.log";
    }
}
