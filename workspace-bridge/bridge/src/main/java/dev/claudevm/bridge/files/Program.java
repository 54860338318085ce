package dev.claudevm.bridge.files;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A program of the workspace that works for us: in an environment made of nothing, in a folder that is held open, and killed
 * with its children when its time is over. Who reads its output takes a platform thread.
 */
final class Program implements AutoCloseable {

    private static final int MAX_COMPLAINT_BYTES = 2_000;

    private final Process process;
    private final ByteArrayOutputStream complaints = new ByteArrayOutputStream();
    private @org.jspecify.annotations.Nullable Thread listener;
    private volatile boolean late;

    private Program(Process process) {
        this.process = process;
    }

    /** @return whether {@code PATH} has such a program */
    static boolean installed(String name, Map<String, String> environment) {
        return find(name, environment).isPresent();
    }

    /** Java itself would look into the PATH that it was started with. */
    private static Optional<String> find(String name, Map<String, String> environment) {
        for (String folder : environment.getOrDefault("PATH", "/usr/bin:/bin").split(":")) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, name))) {
                return Optional.of(Path.of(folder, name).toString());
            }
        }
        return Optional.empty();
    }

    /** @param stdin is written by a thread of its own, then closed */
    static Program start(
            List<String> command, Path folder, Map<String, String> environment, byte[] stdin, Duration longest)
            throws IOException {
        List<String> words = new ArrayList<>(command);
        words.set(
                0,
                find(command.getFirst(), environment)
                        .orElseThrow(() -> new IOException(command.getFirst() + " is not installed")));
        ProcessBuilder builder = new ProcessBuilder(words).directory(folder.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", environment.getOrDefault("PATH", "/usr/bin:/bin"));
        builder.environment().put("HOME", environment.getOrDefault("HOME", "/"));
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("GIT_OPTIONAL_LOCKS", "0");
        Program program = new Program(builder.start());
        program.feed(stdin);
        program.listen();
        CompletableFuture.delayedExecutor(longest.toMillis(), TimeUnit.MILLISECONDS)
                .execute(program::expire);
        return program;
    }

    private void feed(byte[] stdin) {
        Thread.ofPlatform().daemon().name("feed").start(() -> {
            try (OutputStream in = process.getOutputStream()) {
                in.write(stdin);
            } catch (IOException e) {
                // It ended before it had read all: its exit code tells.
            }
        });
    }

    /** Whoever is not listened to waits for ever when the pipe is full. */
    private void listen() {
        listener = Thread.ofPlatform().daemon().name("complaints").start(() -> {
            byte[] buffer = new byte[4096];
            try (InputStream err = process.getErrorStream()) {
                for (int n = err.read(buffer); n >= 0; n = err.read(buffer)) {
                    synchronized (complaints) {
                        complaints.write(buffer, 0, Math.min(n, Math.max(0, MAX_COMPLAINT_BYTES - complaints.size())));
                    }
                }
            } catch (IOException e) {
                // It was killed.
            }
        });
    }

    private void expire() {
        if (process.isAlive()) {
            late = true;
            close();
        }
    }

    InputStream output() {
        return process.getInputStream();
    }

    /** @return whether its time was over */
    boolean late() {
        return late;
    }

    /** @return the beginning of what it said of its failure. To be called when its output has ended */
    String complaint() {
        try {
            if (listener != null) {
                listener.join(Duration.ofSeconds(1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (complaints) {
            return complaints.toString(java.nio.charset.StandardCharsets.UTF_8).strip();
        }
    }

    int exitCode() throws IOException {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", e);
        }
    }

    /** @return all that it says, up to {@code maxBytes}; then it is ended */
    byte[] all(int maxBytes) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[64 * 1024];
        InputStream in = output();
        for (int n = in.read(buffer); n >= 0 && all.size() < maxBytes; n = in.read(buffer)) {
            all.write(buffer, 0, n);
        }
        return all.toByteArray();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
