package dev.claudevm.bridge.git;

import dev.claudevm.bridge.tree.TreePath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Runs the workspace's git, and a forge's program, in the project: with the workspace's home and path, without a terminal,
 * pager, editor or password prompt, with an end to its time and to what is read of its words. It looks for a repository in
 * the project's folder only, never in one above. To be called in a platform thread.
 */
final class GitProgram {

    /** What is read of its words about success and failure, in bytes. */
    static final int MAX_WORDS_BYTES = 32 * 1024;

    private static final Pattern SECRET = Pattern.compile("(\\w+://)[^/@\\s'\"]+@");
    private static final String ENCODED =
            "n=$#; while [ $n -gt 0 ]; do a=$(printf \"%bx\" \"$1\"); shift; set -- \"$@\" \"${a%x}\"; n=$((n-1)); done; exec \"$@\"";

    /**
     * How one run came out.
     *
     * @param out what it printed, up to the bound
     * @param words what it said on stderr, without secrets in addresses
     * @param cut there was more than the bound
     */
    record Result(int exit, byte[] out, String words, boolean cut) {

        String text() {
            return new String(out, StandardCharsets.UTF_8);
        }

        /** @return both streams, for people */
        String everything() {
            return (words + "\n" + withoutSecrets(text())).strip();
        }
    }

    /**
     * One run.
     *
     * @param arguments each as bytes; the first is the program
     * @param reading takes no lock that is not needed
     * @param literal paths on stdin are names, not patterns. Not where hooks run: they would see them so too
     * @param heard is told each line that it says on stderr, also those that a terminal would overwrite; null: nobody
     */
    record Wish(
            List<byte[]> arguments,
            byte[] stdin,
            boolean reading,
            boolean literal,
            int maxBytes,
            Duration longest,
            @Nullable Consumer<String> heard,
            @Nullable Consumer<Process> started) {}

    private final Path project;
    private final Map<String, String> environment;

    GitProgram(Path project, Map<String, String> inherited) {
        this.project = project;
        Map<String, String> env = new HashMap<>();
        for (String name : List.of("PATH", "HOME", "TMPDIR")) {
            if (inherited.containsKey(name)) {
                env.put(name, inherited.get(name));
            }
        }
        env.putIfAbsent("PATH", "/usr/local/bin:/usr/bin:/bin");
        env.put("LC_ALL", "C.UTF-8");
        env.put("TERM", "dumb");
        env.put("NO_COLOR", "1");
        env.put("PAGER", "cat");
        env.put("GIT_PAGER", "cat");
        env.put("GIT_EDITOR", "true");
        env.put("GIT_SEQUENCE_EDITOR", "true");
        env.put("GIT_TERMINAL_PROMPT", "0");
        env.put("GIT_MERGE_AUTOEDIT", "no");
        env.put("SSH_ASKPASS", "/bin/false");
        env.put("SSH_ASKPASS_REQUIRE", "force");
        env.put("GH_PROMPT_DISABLED", "1");
        this.environment = env;
    }

    Path project() {
        return project;
    }

    /** @return where the program is; Java itself would look into the PATH that it was started with */
    Optional<String> find(String name) {
        for (String folder : environment.getOrDefault("PATH", "").split(":")) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, name))) {
                return Optional.of(Path.of(folder, name).toString());
            }
        }
        return Optional.empty();
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static List<byte[]> arguments(String... words) {
        List<byte[]> all = new ArrayList<>();
        for (String word : words) {
            all.add(bytes(word));
        }
        return all;
    }

    /** @return what {@code --pathspec-from-file=- --pathspec-file-nul} reads */
    static byte[] list(List<TreePath> paths) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (TreePath path : paths) {
            out.writeBytes(path.bytes());
            out.write(0);
        }
        return out.toByteArray();
    }

    static String withoutSecrets(String words) {
        return SECRET.matcher(words).replaceAll("$1");
    }

    Result run(Wish wish) throws IOException {
        Process process = start(wish);
        if (wish.started() != null) {
            wish.started().accept(process);
        }
        Words words = new Words(process.getErrorStream(), wish.heard());
        Thread listener = Thread.ofPlatform().daemon().name("git's words").start(words);
        Thread.ofPlatform().daemon().name("git's input").start(() -> feed(process, wish.stdin()));
        AtomicBoolean late = new AtomicBoolean();
        CompletableFuture.delayedExecutor(wish.longest().toMillis(), TimeUnit.MILLISECONDS)
                .execute(() -> {
                    // Not when it has ended: its number may be another program's by now.
                    if (process.isAlive()) {
                        late.set(true);
                        end(process);
                    }
                });
        try {
            byte[] out;
            try (InputStream in = process.getInputStream()) {
                out = in.readNBytes(wish.maxBytes() + 1);
                if (out.length > wish.maxBytes()) {
                    end(process);
                }
            }
            int exit = process.waitFor();
            listener.join(Duration.ofSeconds(2));
            boolean cut = out.length > wish.maxBytes();
            String said = withoutSecrets(words.all());
            if (late.get()) {
                said += "\nIt was ended after " + wish.longest().toSeconds() + " seconds.";
            }
            return new Result(cut ? 0 : exit, cut ? java.util.Arrays.copyOf(out, wish.maxBytes()) : out, said, cut);
        } catch (InterruptedException e) {
            end(process);
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while git worked", e);
        }
    }

    private Process start(Wish wish) throws IOException {
        if (!Files.isDirectory(project)) {
            throw GitProblem.of(
                    GitProblem.UNAVAILABLE, "The project's folder is not there.", "Make it again in the terminal.");
        }
        String name = new String(wish.arguments().getFirst(), StandardCharsets.UTF_8);
        String program = find(name)
                .orElseThrow(() -> GitProblem.of(
                        GitProblem.UNAVAILABLE,
                        name + " is not installed in this workspace.",
                        "Install it in the terminal, for example with apt-get install " + name + "."));
        List<byte[]> words = new ArrayList<>(wish.arguments());
        words.set(0, bytes(program));
        ProcessBuilder builder = new ProcessBuilder(commandLine(words)).directory(project.toFile());
        Map<String, String> env = builder.environment();
        env.clear();
        env.putAll(environment);
        Path above = project.toRealPath().getParent();
        if (above != null) {
            env.put("GIT_CEILING_DIRECTORIES", above.toString());
        }
        if (wish.reading()) {
            env.put("GIT_OPTIONAL_LOCKS", "0");
        }
        if (wish.literal()) {
            env.put("GIT_LITERAL_PATHSPECS", "1");
        }
        return builder.start();
    }

    /** Java's arguments are text in the machine's character set; other bytes go through a shell that decodes them. */
    private static List<String> commandLine(List<byte[]> words) {
        List<String> line = new ArrayList<>();
        boolean plain = words.stream().allMatch(GitProgram::plain);
        if (!plain) {
            line.addAll(List.of("/bin/sh", "-c", ENCODED, "sh"));
        }
        for (byte[] word : words) {
            if (plain) {
                line.add(new String(word, StandardCharsets.US_ASCII));
            } else {
                StringBuilder out = new StringBuilder();
                for (byte b : word) {
                    if ((b >= '0' && b <= '9')
                            || (b >= 'a' && b <= 'z')
                            || (b >= 'A' && b <= 'Z')
                            || "-_/.=:".indexOf(b) >= 0) {
                        out.append((char) b);
                    } else {
                        out.append("\\0%03o".formatted(b & 0xff));
                    }
                }
                line.add(out.toString());
            }
        }
        return line;
    }

    private static boolean plain(byte[] word) {
        for (byte b : word) {
            if (b < 0x20 || b > 0x7e) {
                return false;
            }
        }
        return true;
    }

    private static void feed(Process process, byte[] stdin) {
        try (OutputStream out = process.getOutputStream()) {
            out.write(stdin);
        } catch (IOException e) {
            // It ended before it had read all: its exit code tells.
        }
    }

    static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /** Reads what it says, keeps the beginning and the end of that, and passes each line on. */
    private static final class Words implements Runnable {

        private final InputStream in;
        private final @Nullable Consumer<String> heard;
        private final StringBuilder kept = new StringBuilder();

        Words(InputStream in, @Nullable Consumer<String> heard) {
            this.in = in;
            this.heard = heard;
        }

        @Override
        public void run() {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            byte[] buffer = new byte[4096];
            try (in) {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    for (int i = 0; i < n; i++) {
                        if (buffer[i] == '\n' || buffer[i] == '\r') {
                            line(line, buffer[i] == '\r');
                        } else if (line.size() < MAX_WORDS_BYTES) {
                            line.write(buffer[i]);
                        }
                    }
                }
            } catch (IOException e) {
                // It was ended.
            }
            line(line, false);
        }

        /** @param passing a terminal would write the next one over it */
        private void line(ByteArrayOutputStream bytes, boolean passing) {
            String text = bytes.toString(StandardCharsets.UTF_8);
            bytes.reset();
            if (text.isBlank()) {
                return;
            }
            if (heard != null) {
                heard.accept(withoutSecrets(text.strip()));
            }
            if (passing) {
                return;
            }
            synchronized (kept) {
                if (kept.length() + text.length() > MAX_WORDS_BYTES) {
                    kept.delete(0, Math.min(kept.length(), kept.length() + text.length() - MAX_WORDS_BYTES / 2));
                }
                kept.append(text).append('\n');
            }
        }

        String all() {
            synchronized (kept) {
                return kept.toString().stripTrailing();
            }
        }
    }
}
