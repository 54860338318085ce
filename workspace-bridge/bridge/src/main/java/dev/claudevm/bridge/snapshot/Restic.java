package dev.claudevm.bridge.snapshot;

import dev.claudevm.protocol.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Runs Debian's restic (0.14 or newer). Password and way go by the environment, which others cannot read; never by the command line. Several may run at once. */
final class Restic implements AutoCloseable {

    /** Something could not be done. */
    static final class Failed extends IOException {
        private static final long serialVersionUID = 1;
        private final String todo;

        Failed(String message, String todo) {
            super(message);
            this.todo = todo;
        }

        String todo() {
            return todo;
        }
    }

    /** It made a snapshot, but could not read everything. */
    static final int INCOMPLETE = 3;

    /** By {@link Process#destroyForcibly}. */
    private static final int KILLED = 137;

    private static final int WORDS_KEPT = 200_000;
    private static final int WORDS_SAID = 1_000;

    private final Map<String, String> environment;
    private final long deadline;
    private final Set<Process> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * @param environment PATH, HOME, TMPDIR and restic's own variables
     * @param longest for everything that is run
     */
    Restic(Map<String, String> environment, Duration longest) {
        this.environment = environment;
        this.deadline = System.nanoTime() + longest.toNanos();
    }

    private String program() throws Failed {
        for (String folder : environment.getOrDefault("PATH", "/usr/bin:/bin").split(":")) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, "restic"))) {
                return Path.of(folder, "restic").toString();
            }
        }
        throw new Failed(
                "There is no program \"restic\" in the workspace.",
                "Install the package restic on the machine or into the image that the workspace runs on.");
    }

    /**
     * Without input.
     *
     * @see #run(List, Consumer, Verdict, Input)
     */
    int run(List<String> words, Consumer<JsonNode> line, Verdict verdict) throws IOException {
        return run(words, line, verdict, input -> {});
    }

    /** What is no failure. */
    @FunctionalInterface
    interface Verdict {
        Verdict USUAL = (code, said) -> code == 0 || code == INCOMPLETE;

        /** @param said the end of what it printed that was no JSON */
        boolean fine(int code, String said);
    }

    /** What it reads. */
    @FunctionalInterface
    interface Input {
        /** @param input closed afterwards. @throws IOException ends it */
        void write(OutputStream input) throws IOException;
    }

    /**
     * @param line each line of JSON that it says on its standard output or error
     * @param input called while it runs
     * @return its exit code
     * @throws Failed when it ended otherwise than well, or took too long. To be called on a platform thread
     */
    int run(List<String> words, Consumer<JsonNode> line, Verdict verdict, Input input) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(program());
        command.addAll(words);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        running.add(process);
        if (closed) {
            process.destroyForcibly();
        }
        StringBuilder said = new StringBuilder();
        AtomicReference<@Nullable IOException> unfed = new AtomicReference<>();
        Thread feeding = Thread.ofPlatform().daemon().name("restic input").start(() -> feed(process, input, unfed));
        Thread errors = Thread.ofPlatform()
                .daemon()
                .name("restic errors")
                .start(() -> read(process.getErrorStream(), line, said));
        Thread watch = Thread.ofVirtual().name("restic limit").start(() -> limit(process));
        read(process.getInputStream(), line, said);
        try {
            int code = process.waitFor();
            errors.join();
            feeding.join();
            watch.interrupt();
            if (closed) {
                throw new Failed("It was given up.", "Try again.");
            }
            if (System.nanoTime() > deadline) {
                throw new Failed("It took too long and was given up.", "Try again; what was saved so far is kept.");
            }
            IOException cause = unfed.get();
            if (cause != null && code == KILLED) {
                throw cause;
            }
            if (!verdict.fine(code, said.toString())) {
                String why = said.substring(Math.max(0, said.length() - WORDS_SAID))
                        .replace('\n', ' ')
                        .strip();
                throw new Failed(
                        "restic failed: " + (why.isEmpty() ? "exit code " + code : why),
                        "See whether the object store works (claude-vm store), then try again.");
            }
            return code;
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new Failed("It was interrupted.", "Try again.");
        } finally {
            running.remove(process);
        }
    }

    /** It never takes a part for the whole: when something fails, it is killed before its input ends. */
    private static void feed(Process process, Input input, AtomicReference<@Nullable IOException> failure) {
        OutputStream out = process.getOutputStream();
        try {
            input.write(out);
            out.flush();
        } catch (IOException e) {
            failure.set(e);
            kill(process);
        } catch (RuntimeException e) {
            failure.set(new IOException(e));
            kill(process);
        }
        try {
            out.close();
        } catch (IOException ended) {
            // Its exit code tells.
        }
    }

    /** What it has said is still read; {@link Process#destroyForcibly} would close that too. */
    private static void kill(Process process) {
        process.toHandle().destroyForcibly();
    }

    private void limit(Process process) {
        try {
            if (!process.waitFor(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private static void read(InputStream from, Consumer<JsonNode> line, StringBuilder said) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
            for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                if (text.startsWith("{")) {
                    try {
                        line.accept(Json.MAPPER.readTree(text));
                        continue;
                    } catch (JacksonException notJson) {
                        // Then it is words.
                    }
                }
                synchronized (said) {
                    // The last words say why.
                    said.append(text).append('\n');
                    if (said.length() > WORDS_KEPT) {
                        said.delete(0, said.length() - WORDS_KEPT);
                    }
                }
            }
        } catch (IOException killed) {
            // Its exit code tells.
        }
    }

    /** Ends what runs, and whatever is begun later. Any thread. */
    @Override
    public void close() {
        closed = true;
        running.forEach(Process::destroyForcibly);
    }
}
