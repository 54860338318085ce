package dev.claudevm.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A process that inherits nothing of this machine: its environment is PATH, a HOME of its own, LANG and what the test
 * adds. Closing it kills it with all that it started, unless that made itself a daemon (a tmux server does).
 */
public final class CleanProcess implements AutoCloseable {

    /** Older lines are forgotten. */
    private static final int LINES_KEPT = 20_000;

    private final List<String> command;
    private final Process process;
    private final @Nullable Path ownHome;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<String> out = new ArrayDeque<>();
    private final Deque<String> err = new ArrayDeque<>();
    private int streamsOpen = 2;

    private CleanProcess(List<String> command, Process process, @Nullable Path ownHome) {
        this.command = command;
        this.process = process;
        this.ownHome = ownHome;
        collect(process.getInputStream(), out);
        collect(process.getErrorStream(), err);
    }

    public static Builder of(String... command) {
        return new Builder(List.of(command));
    }

    public static Builder of(List<String> command) {
        return new Builder(List.copyOf(command));
    }

    /** What a process is started with. */
    public static final class Builder {
        private final List<String> command;
        private final Map<String, String> environment = new TreeMap<>();
        private @Nullable Path directory;
        private @Nullable Path home;

        private Builder(List<String> command) {
            this.command = command;
        }

        public Builder env(String name, String value) {
            environment.put(name, value);
            return this;
        }

        public Builder env(Map<String, String> more) {
            environment.putAll(more);
            return this;
        }

        /** @param workingDirectory without it, the process works in its HOME */
        public Builder in(Path workingDirectory) {
            directory = workingDirectory;
            return this;
        }

        /** @param folder without it, HOME is a new folder that is deleted in the end */
        public Builder home(Path folder) {
            home = folder;
            return this;
        }

        public CleanProcess start() {
            try {
                Path ownHome = home == null ? Files.createTempDirectory("clean-home") : null;
                Path usedHome = ownHome == null ? java.util.Objects.requireNonNull(home) : ownHome;
                ProcessBuilder builder = new ProcessBuilder(ProcessGroup.own(command));
                builder.directory((directory == null ? usedHome : directory).toFile());
                builder.environment().clear();
                builder.environment().put("PATH", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
                builder.environment().put("HOME", usedHome.toString());
                builder.environment().put("LANG", "C.UTF-8");
                builder.environment().putAll(environment);
                return new CleanProcess(command, builder.start(), ownHome);
            } catch (IOException failure) {
                throw new UncheckedIOException("Cannot start " + command, failure);
            }
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** Writes a line to its stdin at once. */
    public void say(String line) {
        try {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException failure) {
            throw new UncheckedIOException("The process takes no input any more.\n" + log(), failure);
        }
    }

    public void closeInput() {
        try {
            process.getOutputStream().close();
        } catch (IOException alreadyClosed) {
            // As wanted.
        }
    }

    /** @return the lines of stdout so far */
    public List<String> out() {
        return copy(out);
    }

    /** @return the lines of stderr so far */
    public List<String> err() {
        return copy(err);
    }

    /**
     * Waits until a line of stdout or stderr contains a match, also one that came before.
     *
     * @return the line
     * @throws AssertionError with everything that was printed, when none came in time or the process ended without one
     */
    public String awaitLine(String regex, Duration timeout) {
        Pattern pattern = Pattern.compile(regex);
        long deadline = System.nanoTime() + timeout.toNanos();
        lock.lock();
        try {
            while (true) {
                boolean over = streamsOpen == 0;
                for (String line : (Iterable<String>) Stream.of(out, err).flatMap(Deque::stream)::iterator) {
                    if (pattern.matcher(line).find()) {
                        return line;
                    }
                }
                long left = deadline - System.nanoTime();
                if (left <= 0 || over) {
                    if (over) {
                        // Its streams end a moment before itself; the log should tell the exit code.
                        process.waitFor(1, TimeUnit.SECONDS);
                    }
                    throw new AssertionError("No line like /" + regex + "/ "
                            + (over ? "before the process ended" : "within " + timeout) + ".\n" + log());
                }
                changed.awaitNanos(left);
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted while waiting for /" + regex + "/", stopped);
        } finally {
            lock.unlock();
        }
    }

    /** @return the exit code; 128 + n for signal n */
    public int awaitExit(Duration timeout) {
        try {
            if (process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                awaitStreams(Duration.ofSeconds(5));
                return process.exitValue();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
        throw new AssertionError("The process did not end within " + timeout + ".\n" + log());
    }

    /** Kills this process alone, as the kernel does when memory is short; what it started lives on. */
    public void kill9() {
        process.toHandle().destroyForcibly();
        awaitExit(Duration.ofSeconds(10));
    }

    /** Asks it to end (SIGTERM). What it still writes is read: the process itself would close its pipes, hence the handle. */
    public void terminate() {
        process.toHandle().destroy();
    }

    /** @return command, state and all lines, for the message of a test that fails */
    public String log() {
        return "--- " + command.getFirst() + " (pid " + pid() + ", "
                + (alive() ? "alive" : "exit code " + process.exitValue()) + ")\n--- stdout\n"
                + String.join("\n", out()) + "\n--- stderr\n" + String.join("\n", err());
    }

    @Override
    public void close() {
        List<ProcessHandle> tree = process.descendants().toList();
        ProcessGroup.kill(pid());
        process.destroyForcibly();
        tree.forEach(ProcessHandle::destroyForcibly);
        awaitExit(Duration.ofSeconds(10));
        if (ownHome != null) {
            Folders.delete(ownHome);
        }
    }

    private void collect(InputStream stream, Deque<String> lines) {
        // Not virtual: a read from a process holds its carrier thread.
        Thread.ofPlatform().name("output of " + pid()).daemon().start(() -> {
            try (var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    String read = line;
                    change(() -> {
                        lines.add(read);
                        if (lines.size() > LINES_KEPT) {
                            lines.removeFirst();
                        }
                    });
                }
            } catch (IOException closed) {
                // The process is gone.
            } finally {
                change(() -> streamsOpen--);
            }
        });
    }

    private void awaitStreams(Duration timeout) throws InterruptedException {
        long left = timeout.toNanos();
        lock.lock();
        try {
            // A child that outlives its parent can keep them open.
            while (streamsOpen > 0 && left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private List<String> copy(Deque<String> lines) {
        lock.lock();
        try {
            return new ArrayList<>(lines);
        } finally {
            lock.unlock();
        }
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
