package dev.claudevm.bridge.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The store's git. It works on the store's folder alone, with no configuration but what is said here: no hooks, filters,
 * attributes, textconv. Its output is read by the caller, who is on a platform thread.
 */
final class Git {

    /** The newest checkpoint. Each has the one before as parent. */
    static final String NEWEST = "refs/checkpoints/newest";

    private static final List<String> OPTIONS = List.of(
            "core.hooksPath=/dev/null",
            "core.attributesFile=/dev/null",
            "core.ignoreCase=false",
            "core.precomposeUnicode=false",
            "core.protectHFS=false",
            "core.protectNTFS=false",
            "core.autocrlf=false",
            "core.bigFileThreshold=4m",
            "core.compression=1",
            "core.fsync=all",
            "core.logAllRefUpdates=false",
            "core.quotePath=false",
            "fastimport.unpackLimit=1",
            "gc.auto=0",
            "maintenance.auto=false",
            "pack.threads=1",
            "pack.windowMemory=32m",
            "diff.renames=false");
    private static final int LAST_WORDS = 2000;

    private final Path store;
    private final Path folder;
    private final Map<String, String> inherited;

    /** @param inherited PATH, LANG, TMPDIR of the bridge */
    Git(Path store, Map<String, String> inherited) {
        this.store = store;
        this.folder = store.resolve("git");
        this.inherited = Map.copyOf(inherited);
    }

    /** Makes the store if it is not there, and takes away what killed processes left. */
    void open() throws IOException {
        Files.createDirectories(store);
        if (!Files.exists(folder.resolve("ready"))) {
            run("init", "--quiet", "--bare", "--template=", folder.toString());
            // HEAD names no branch that will ever be: whatever a git takes from HEAD's tree, it finds nothing.
            Files.writeString(folder.resolve("HEAD"), "ref: refs/heads/none\n");
            run("hash-object", "-w", "--stdin");
            Files.writeString(folder.resolve("ready"), "");
        }
        sweep(folder, "fast_import_crash_");
        sweep(folder.resolve("refs/checkpoints"), "newest.lock");
        sweepPacks();
    }

    /** Takes away what a git left that did not come to its end. Only while none writes. */
    void sweepPacks() throws IOException {
        sweep(folder.resolve("objects/pack"), "tmp_");
        sweep(folder.resolve("objects/pack"), ".tmp-");
    }

    private static void sweep(Path folder, String prefix) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> all = Files.list(folder)) {
            for (Path one : all.toList()) {
                if (one.getFileName().toString().startsWith(prefix) && Files.isRegularFile(one)) {
                    Files.deleteIfExists(one);
                }
            }
        }
    }

    /** @return the newest checkpoint; null: there is none */
    @Nullable
    String newest() throws IOException {
        Path ref = folder.resolve(NEWEST);
        return Files.exists(ref) ? Files.readString(ref).strip() : null;
    }

    /** A git that runs. */
    final class Running implements AutoCloseable {

        private final Process process;
        private final Thread listener;
        private volatile String said = "";

        private Running(List<String> arguments) throws IOException {
            List<String> line = new ArrayList<>(List.of(program()));
            OPTIONS.forEach(o -> line.addAll(List.of("-c", o)));
            line.addAll(arguments);
            ProcessBuilder builder = new ProcessBuilder(line).directory(store.toFile());
            Map<String, String> env = builder.environment();
            env.clear();
            for (String name : List.of("PATH", "TMPDIR")) {
                if (inherited.containsKey(name)) {
                    env.put(name, inherited.get(name));
                }
            }
            env.put("HOME", store.toString());
            env.put("LC_ALL", "C");
            env.put("GIT_DIR", folder.toString());
            env.put("GIT_CONFIG_NOSYSTEM", "1");
            env.put("GIT_CONFIG_GLOBAL", "/dev/null");
            env.put("GIT_ATTR_NOSYSTEM", "1");
            env.put("GIT_TERMINAL_PROMPT", "0");
            env.put("GIT_NO_REPLACE_OBJECTS", "1");
            try {
                process = builder.start();
            } catch (IOException e) {
                throw new IOException("git could not be started: " + e.getMessage(), e);
            }
            listener = Thread.ofPlatform().daemon().name("git's errors").start(this::listen);
        }

        private void listen() {
            try (InputStream in = process.getErrorStream()) {
                byte[] buffer = new byte[1024];
                for (int got = in.read(buffer); got >= 0; got = in.read(buffer)) {
                    String all = said + new String(buffer, 0, got, StandardCharsets.UTF_8);
                    said = all.substring(Math.max(0, all.length() - LAST_WORDS));
                }
            } catch (IOException e) {
                said += e.getMessage();
            }
        }

        Process process() {
            return process;
        }

        /** Waits for the end. @throws IOException with git's last words when it failed */
        void finish() throws IOException {
            try {
                if (process.waitFor() != 0) {
                    throw failure(null);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("Interrupted while git worked", e);
            }
        }

        /** @return what went wrong, for people */
        IOException failure(@Nullable Throwable cause) {
            String words = lastWords();
            if (words.contains("Out of diskspace") || words.contains("No space left")) {
                return new IOException(
                        "There is no room for checkpoints on the disk of " + store + "; make room.", cause);
            }
            String fatal = words.lines()
                    .filter(l -> l.startsWith("fatal: "))
                    .findFirst()
                    .orElse(words);
            return new IOException("The store's git failed: " + fatal, cause);
        }

        /** @return what it said before it ended; waits for that end */
        private String lastWords() {
            try {
                listener.join(java.time.Duration.ofSeconds(5));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return said.strip();
        }

        @Override
        public void close() throws IOException {
            process.destroyForcibly();
            try {
                process.waitFor(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Looked for here, because Java looks in its own PATH. */
    private String program() throws IOException {
        for (String folder :
                inherited.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin").split(":")) {
            Path file = Path.of(folder, "git");
            if (Files.isExecutable(file)) {
                return file.toString();
            }
        }
        throw new IOException("git is not installed in this workspace; install it.");
    }

    Running start(String... arguments) throws IOException {
        return new Running(List.of(arguments));
    }

    /** Runs to the end without input. @return what it printed */
    byte[] run(String... arguments) throws IOException {
        try (Running git = start(arguments)) {
            git.process().getOutputStream().close();
            byte[] out;
            try (InputStream in = git.process().getInputStream()) {
                out = in.readAllBytes();
            }
            git.finish();
            return out;
        }
    }

    /** Puts many small packs together, so that their number stays small; what is in the store stays. */
    void tidy(int packs) throws IOException {
        Path folderOfPacks = folder.resolve("objects/pack");
        long count;
        try (Stream<Path> all = Files.list(folderOfPacks)) {
            count = all.filter(p -> p.toString().endsWith(".pack")).count();
        }
        if (count >= packs) {
            run("repack", "-d", "-q", "--geometric=2");
        }
    }
}
