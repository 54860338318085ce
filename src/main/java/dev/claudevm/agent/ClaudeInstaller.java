package dev.claudevm.agent;

import dev.claudevm.config.ProcessEnvironment;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Installs the pinned Claude Code by npm into {@code agents/claude/<version>} of the home. The platform's package holds a
 * native program; no script of any package is run.
 */
@Component
class ClaudeInstaller {

    private static final String PACKAGE = "@anthropic-ai/claude-code";
    private static final int LINES_OF_ERROR = 4;
    private static final long LOOK_EVERY_MS = 300;

    private final ProcessEnvironment environment;
    private final Path root;
    private final String version;
    private final String npm;
    private final ReentrantLock lock = new ReentrantLock();

    @Autowired
    ClaudeInstaller(ProgramStore store, ProcessEnvironment environment) {
        this(store, environment, "npm");
    }

    /** @param npm the program */
    ClaudeInstaller(ProgramStore store, ProcessEnvironment environment, String npm) {
        this.npm = npm;
        this.root = store.root().resolve("claude");
        this.environment = environment;
        this.version = pin();
    }

    /** It could not be installed. */
    static final class Failed extends Exception {

        private static final long serialVersionUID = 1L;

        private final String todo;

        Failed(String what, String todo) {
            super(what);
            this.todo = todo;
        }

        String what() {
            return String.valueOf(getMessage());
        }

        String todo() {
            return todo;
        }
    }

    String pinnedVersion() {
        return version;
    }

    /** @return the program of the pinned version, if it was installed */
    Optional<Path> installed() {
        return programIn(root.resolve(version));
    }

    /**
     * Does nothing when it is there already. What was half-done before is thrown away.
     *
     * @param bytes is told now and then how many bytes have arrived
     * @return the program
     */
    Path install(LongConsumer bytes) throws Failed, InterruptedException {
        lock.lockInterruptibly();
        try {
            Optional<Path> there = installed();
            if (there.isPresent()) {
                return there.get();
            }
            Path fresh = root.resolve("." + version + ".new");
            ProgramStore.delete(fresh);
            Files.createDirectories(fresh);
            runNpm(fresh, bytes);
            if (programIn(fresh).isEmpty()) {
                throw new Failed(
                        "npm installed " + PACKAGE + " " + version + ", but there is no program for this system in it.",
                        "Install Claude Code yourself and give its command in config.yaml (agents.claude.command).");
            }
            ProgramStore.readableForAll(root);
            ProgramStore.delete(root.resolve(version));
            Files.move(fresh, root.resolve(version), StandardCopyOption.ATOMIC_MOVE);
            return installed().orElseThrow();
        } catch (IOException e) {
            throw new Failed("Cannot write to " + root + ": " + e.getMessage() + ".", "Make room and rights there.");
        } finally {
            lock.unlock();
        }
    }

    private void runNpm(Path folder, LongConsumer bytes) throws IOException, Failed, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(List.of(
                npm,
                "install",
                "--prefix",
                folder.toString(),
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--no-package-lock",
                "--loglevel=error",
                PACKAGE + "@" + version));
        builder.redirectErrorStream(true).directory(folder.toFile());
        builder.environment().clear();
        environment.variables().forEach((name, value) -> {
            // npm has no business with keys.
            if (!name.startsWith("ANTHROPIC_") && !name.startsWith("CLAUDE_")) {
                builder.environment().put(name, value);
            }
        });
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new Failed(
                    "npm, which installs Claude Code, is not on this machine.",
                    "Install Node.js (it brings npm), or install Claude Code yourself so that claude is on the PATH.");
        }
        try {
            List<String> said = new ArrayList<>();
            Thread reader =
                    Thread.ofPlatform().name("npm").daemon().start(() -> collect(process.getInputStream(), said));
            while (!process.waitFor(LOOK_EVERY_MS, TimeUnit.MILLISECONDS)) {
                bytes.accept(size(folder));
            }
            reader.join();
            if (process.exitValue() != 0) {
                throw new Failed(
                        "npm could not install " + PACKAGE + " " + version + ": " + String.join("; ", said),
                        "Is the network there, and the npm registry reachable? Then try again.");
            }
            bytes.accept(size(folder));
        } finally {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        }
    }

    private static void collect(InputStream stream, List<String> first) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                // Its first lines say what happened, the later ones give general advice. All are read, or npm would
                // wait.
                if (!line.isBlank() && first.size() < LINES_OF_ERROR) {
                    first.add(line.strip().replaceFirst("^npm (error|ERR!) ", ""));
                }
            }
        } catch (IOException e) {
            // it ended
        }
    }

    private static long size(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.mapToLong(ClaudeInstaller::sizeOf).sum();
        } catch (IOException | UncheckedIOException e) {
            return 0; // files come and go while npm works; the next look is right
        }
    }

    private static long sizeOf(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    private static Optional<Path> programIn(Path folder) {
        Path vendor = folder.resolve("node_modules/@anthropic-ai");
        if (!Files.isDirectory(vendor)) {
            return Optional.empty();
        }
        try (DirectoryStream<Path> packages = Files.newDirectoryStream(vendor, "claude-code-*")) {
            for (Path platform : packages) {
                Path program = platform.resolve("claude");
                if (Files.isExecutable(program)) {
                    return Optional.of(program);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Optional.empty();
    }

    private static String pin() {
        try (InputStream pin = ClaudeInstaller.class.getResourceAsStream("/dev/claudevm/agents/claude-code.version")) {
            if (pin == null) {
                throw new IllegalStateException("The pin of Claude Code's version is missing in this build");
            }
            return new String(pin.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
