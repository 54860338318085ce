package dev.claudevm.provider.material;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/** Runs a program to its end with an environment of our own, no input and no terminal. */
public final class ExternalProgram {

    private static final int KEPT_CHARS = 16_000;
    public static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private ExternalProgram() {}

    /** @param output stdout and stderr together; the end of it when it is long */
    public record Result(int exit, String output) {
        public boolean ok() {
            return exit == 0;
        }

        public String lastLines() {
            return output.strip();
        }
    }

    /** @return what every program of ours gets */
    public static Map<String, String> cleanEnvironment() {
        Map<String, String> clean = new LinkedHashMap<>();
        String path = System.getenv("PATH");
        clean.put("PATH", path == null || path.isBlank() ? PATH : path + ":" + PATH);
        clean.put("LC_ALL", "C.UTF-8");
        clean.put("LANGUAGE", "C");
        return clean;
    }

    /** @return the program's file, looked up as the shell does; empty: it is not installed */
    public static Optional<Path> find(String program) {
        for (String folder : cleanEnvironment().getOrDefault("PATH", PATH).split(":")) {
            Path file = Path.of(folder.isEmpty() ? "." : folder, program);
            if (Files.isRegularFile(file) && Files.isExecutable(file)) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }

    public static Result run(List<String> command) throws IOException {
        return run(command, cleanEnvironment(), line -> {});
    }

    /**
     * Ends the program and its children when the calling thread is interrupted.
     *
     * @param heard gets each line while the program runs; a carriage return ends a line too
     * @throws IOException the program cannot be started
     */
    public static Result run(List<String> command, Map<String, String> environment, Consumer<String> heard)
            throws IOException {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        boolean ended = false;
        try {
            // Read beside the calling thread, which an interrupt could not get out of a read. Not in a virtual thread:
            // the
            // read holds its carrier.
            var output = new StringBuilder();
            var lines = new LinkedBlockingQueue<Optional<String>>();
            Thread reader = Thread.ofPlatform().name("output").daemon().start(() -> read(process, output, lines));
            for (var line = lines.take(); line.isPresent(); line = lines.take()) {
                heard.accept(line.get());
            }
            reader.join();
            int exit = process.waitFor();
            ended = true;
            return new Result(exit, output.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException(command.getFirst() + " was interrupted");
        } finally {
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        }
    }

    private static void read(Process process, StringBuilder output, Queue<Optional<String>> lines) {
        try (Reader in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            var line = new StringBuilder();
            for (int c = in.read(); c >= 0; c = in.read()) {
                if (c != '\n' && c != '\r') {
                    if (line.length() < KEPT_CHARS) {
                        line.append((char) c);
                    }
                    continue;
                }
                lines.add(Optional.of(line.toString()));
                // Progress is overwritten on a terminal; it is no part of what the program has to say.
                if (c == '\n') {
                    keep(output, line.append('\n'));
                }
                line.setLength(0);
            }
            keep(output, line);
        } catch (IOException e) {
            keep(output, "(its output broke off: " + e.getMessage() + ")");
        } finally {
            lines.add(Optional.empty());
        }
    }

    private static void keep(StringBuilder output, CharSequence more) {
        output.append(more);
        if (output.length() > KEPT_CHARS) {
            output.delete(0, output.length() - KEPT_CHARS);
        }
    }
}
