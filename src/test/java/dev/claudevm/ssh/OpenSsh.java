package dev.claudevm.ssh;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** OpenSSH's programs with a configuration, a key and known hosts of their own; they see nothing of this machine's. */
final class OpenSsh {

    private static final long PATIENCE_SECONDS = 120;

    private final Path folder;
    private final Path key;
    private int runs;

    private OpenSsh(Path folder, Path key) {
        this.folder = folder;
        this.key = key;
    }

    /** @param folder gets key, configuration and known hosts */
    static OpenSsh in(Path folder, int port, String hostKey, String workspace) throws IOException {
        Files.createDirectories(folder);
        Path key = folder.resolve("key");
        if (!Files.exists(key)) {
            Run made = new OpenSsh(folder, key)
                    .run(null, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString());
            if (made.exit() != 0) {
                throw new AssertionError(made.err());
            }
        }
        Files.writeString(folder.resolve("known_hosts"), "[127.0.0.1]:" + port + " " + hostKey + "\n");
        Files.writeString(folder.resolve("config"), """
                Host ws
                  HostName 127.0.0.1
                  Port %d
                  User %s
                  IdentityFile %s
                  IdentitiesOnly yes
                  BatchMode yes
                  UserKnownHostsFile %s
                  StrictHostKeyChecking yes
                """.formatted(port, workspace, key, folder.resolve("known_hosts")));
        return new OpenSsh(folder, key);
    }

    /** What a program came to. */
    record Run(int exit, byte[] bytes, String err) {
        String out() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    String publicKey() throws IOException {
        return Files.readString(key.resolveSibling("key.pub")).strip();
    }

    Path config() {
        return folder.resolve("config");
    }

    /** A command in the workspace. */
    Run exec(String command) throws IOException, InterruptedException {
        return ssh(null, "ws", command);
    }

    /** @param stdin null: nothing */
    Run ssh(@Nullable Path stdin, String... arguments) throws IOException, InterruptedException {
        return run(stdin, line("ssh", arguments));
    }

    Run run(@Nullable Path stdin, String... line) throws IOException {
        int number = ++runs;
        Path out = folder.resolve("out-" + number);
        Path err = folder.resolve("err-" + number);
        Process process = builder(line)
                .redirectInput((stdin == null ? Path.of("/dev/null") : stdin).toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError(String.join(" ", line) + " does not end; it said: " + Files.readString(out)
                        + Files.readString(err));
            }
            return new Run(process.exitValue(), Files.readAllBytes(out), Files.readString(err));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } finally {
            process.destroyForcibly();
            Files.deleteIfExists(out);
        }
    }

    /** For those that go on. The caller ends it. */
    Process start(Path out, Path err, String program, String... arguments) throws IOException {
        return builder(line(program, arguments))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
    }

    /** @return the program with our configuration */
    String[] line(String program, String... arguments) {
        List<String> line = new ArrayList<>(List.of(program, "-F", config().toString()));
        line.addAll(List.of(arguments));
        return line.toArray(String[]::new);
    }

    ProcessBuilder builder(String... line) {
        ProcessBuilder builder = new ProcessBuilder(line).directory(folder.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
        builder.environment().put("HOME", folder.toString());
        builder.environment().put("LANG", "C.UTF-8");
        return builder;
    }
}
