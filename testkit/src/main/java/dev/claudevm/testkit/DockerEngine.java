package dev.claudevm.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A real Docker Engine for tests: the one that runs on this machine, else one of our own with everything of it in a temporary folder. That one is for all
 * JVMs in which a module's tests run at the same time, and ends with the last of them: Engines of one machine write into the same tables of its firewall.
 * Needs {@code dockerd} (Debian: docker.io) and root then.
 */
public final class DockerEngine {

    /** A small image with glibc, bash and coreutils, made out of this machine's packages. */
    public static final String IMAGE = "claude-vm-test:base";

    private static final Path USUAL = Path.of("/var/run/docker.sock");
    private static final String TAR = "application/x-tar";
    private static final Duration START = Duration.ofSeconds(60);

    /** As Debian calls them; what their programs need is among them. */
    private static final String PACKAGES =
            "base-files bash coreutils dash debianutils findutils grep gzip hostname sed tar libc6 libc-bin"
                    + " libtinfo6 libacl1 libattr1 libselinux1 libpcre2-8-0 libgmp10 libcrypt1 ca-certificates";

    private static @Nullable DockerEngine running;

    private final Path socket;
    /** Null: the machine's. */
    private final @Nullable Path folder;

    private @Nullable ProcessHandle process;

    private DockerEngine(Path socket, @Nullable Path folder) {
        this.socket = socket;
        this.folder = folder;
    }

    /** @return the same one for all, with {@link #IMAGE} in it */
    public static synchronized DockerEngine get() {
        DockerEngine known = running;
        if (known == null) {
            DockerEngine machines = new DockerEngine(USUAL, null);
            try {
                if (Files.exists(USUAL) && machines.answers()) {
                    machines.importBase();
                    known = machines;
                } else {
                    known = shared();
                }
            } catch (IOException e) {
                throw new AssertionError("No Docker Engine for the tests: " + e.getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
            running = known;
        }
        return known;
    }

    /** The one of this module's tests: whoever is first starts it, whoever is last ends it. */
    private static DockerEngine shared() throws IOException, InterruptedException {
        String module = Integer.toHexString(Path.of("").toAbsolutePath().hashCode());
        Path folder = Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir"), "cvm-docker-" + module));
        DockerEngine engine = new DockerEngine(folder.resolve("docker.sock"), folder);
        FileChannel turn = open(folder, ".turn");
        FileChannel users = open(folder, ".users");
        try (FileLock _ = turn.lock()) {
            if (!engine.answers()) {
                engine.start();
                engine.importBase();
            }
            FileLock mine = users.lock(0, Long.MAX_VALUE, true);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> engine.leave(turn, users, mine)));
        }
        return engine;
    }

    private static FileChannel open(Path folder, String end) throws IOException {
        return FileChannel.open(
                folder.resolveSibling(folder.getFileName() + end),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
    }

    private void leave(FileChannel turn, FileChannel users, FileLock mine) {
        try (turn;
                users;
                FileLock _ = turn.lock()) {
            mine.release();
            FileLock alone = users.tryLock();
            if (alone != null) {
                remove();
            }
        } catch (IOException e) {
            System.err.println(folder + " stays behind: " + e.getMessage());
        }
    }

    /**
     * One that a test may stop and start as it likes.
     *
     * @param folder everything of it is in there; removed when this JVM ends, if not before
     * @return it, with {@link #IMAGE} in it
     */
    public static DockerEngine in(Path folder) throws IOException, InterruptedException {
        DockerEngine engine = new DockerEngine(folder.resolve("docker.sock"), folder);
        Runtime.getRuntime().addShutdownHook(new Thread(engine::remove));
        engine.start();
        engine.importBase();
        return engine;
    }

    /** @return for {@code DOCKER_HOST} */
    public String host() {
        return "unix://" + socket;
    }

    private Path folder() {
        return Objects.requireNonNull(folder, "the machine's own Engine is left alone");
    }

    /** Starts it, if it does not run. */
    public synchronized void start() throws IOException, InterruptedException {
        Path own = folder();
        if (process != null) {
            return;
        }
        // In a session of its own: it may outlive the JVM that started it.
        Process begun = new ProcessBuilder(
                        "setsid",
                        "dockerd",
                        "--host=unix://" + socket,
                        "--data-root=" + own.resolve("data"),
                        "--exec-root=" + own.resolve("exec"),
                        "--pidfile=" + own.resolve("pid"),
                        "--bridge=none",
                        "--shutdown-timeout=1")
                .redirectErrorStream(true)
                .redirectOutput(own.resolve("log").toFile())
                .start();
        begun.getOutputStream().close();
        process = begun.toHandle();
        long until = System.nanoTime() + START.toNanos();
        while (!answers()) {
            if (!begun.isAlive() || System.nanoTime() > until) {
                throw new IOException("dockerd did not start: " + Files.readString(own.resolve("log")));
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    /** Ends it, and its containers with it. */
    public synchronized void stop() throws InterruptedException {
        ProcessHandle running = process == null ? startedElsewhere() : process;
        if (running == null) {
            return;
        }
        List<ProcessHandle> children = running.descendants().toList();
        running.destroy();
        try {
            running.onExit().get(15, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            children.forEach(ProcessHandle::destroyForcibly);
            running.destroyForcibly();
            running.onExit().join();
        }
        process = null;
    }

    private @Nullable ProcessHandle startedElsewhere() {
        try {
            return ProcessHandle.of(Long.parseLong(
                            Files.readString(folder().resolve("pid")).strip()))
                    .orElse(null);
        } catch (IOException | NumberFormatException none) {
            return null;
        }
    }

    /** Ends it, and removes everything of it. */
    public void remove() {
        try {
            stop();
            new ProcessBuilder("rm", "-rf", "--one-file-system", folder().toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            System.err.println(folder + " stays behind: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean answers() {
        try {
            return call("GET", "/_ping", null, 0).contains("OK");
        } catch (IOException e) {
            return false;
        }
    }

    private void importBase() throws IOException, InterruptedException {
        Path root = Files.createTempDirectory("cvm-base");
        try {
            run("""
                    dpkg -L %s 2>/dev/null | grep '^/' | sort -u | grep -vE '^/[.]?$|^/usr/share/(doc|man|locale|info|lintian)' >list
                    mkdir -p root/usr/bin root/usr/sbin root/usr/lib root/usr/lib64 root/etc/ssl/certs
                    tar --no-recursion --ignore-failed-read -cf - -T list 2>/dev/null | tar -xf - -C root
                    cp /etc/ssl/certs/ca-certificates.crt root/etc/ssl/certs/
                    echo 'root:x:0:0:root:/root:/bin/bash' >root/etc/passwd
                    echo 'root:x:0:' >root/etc/group
                    """.formatted(PACKAGES), root);
            importImage(root.resolve("root"), IMAGE);
        } finally {
            run("rm -rf \"$PWD\"", root);
        }
    }

    /** Makes an image of a folder. @param image name and tag */
    public void importImage(Path folder, String image) throws IOException, InterruptedException {
        Path tar = Files.createTempFile("cvm-image", ".tar");
        try {
            run("tar --numeric-owner -cf '" + tar + "' .", folder);
            String[] name = image.split(":");
            try (InputStream in = Files.newInputStream(tar)) {
                String said = call(
                        "POST", "/images/create?fromSrc=-&repo=" + name[0] + "&tag=" + name[1], in, Files.size(tar));
                if (!said.contains("sha256:")) {
                    throw new IOException("the image " + image + " was not taken: " + said);
                }
            }
        } finally {
            Files.delete(tar);
        }
    }

    /** @return the whole answer, status line and all */
    public String call(String method, String path) throws IOException {
        return call(method, path, null, 0);
    }

    /** Takes a file or folder out of a container. @param into a folder, in which it gets its own name */
    public void take(String container, String path, Path into) throws IOException, InterruptedException {
        Path answer = Files.createTempFile("cvm-taken", ".http");
        Path tar = Files.createTempFile("cvm-taken", ".tar");
        try {
            try (OutputStream out = Files.newOutputStream(answer)) {
                call("GET", "/containers/" + container + "/archive?path=" + path, TAR, null, 0, out);
            }
            try (InputStream in = new BufferedInputStream(Files.newInputStream(answer))) {
                StringBuilder head = new StringBuilder();
                while (head.indexOf("\r\n\r\n") < 0) {
                    int next = in.read();
                    if (next < 0) {
                        throw new IOException("the Engine answered " + head);
                    }
                    head.append((char) next);
                }
                if (!head.toString().startsWith("HTTP/1.0 200")) {
                    throw new IOException("the Engine answered " + head);
                }
                Files.copy(in, tar, StandardCopyOption.REPLACE_EXISTING);
            }
            run("tar --no-same-owner -xpf '" + tar + "'", Files.createDirectories(into));
        } finally {
            Files.delete(answer);
            Files.delete(tar);
        }
    }

    /** @return the same, of a request with JSON */
    public String call(String method, String path, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        var answer = new ByteArrayOutputStream();
        call(method, path, "application/json", new ByteArrayInputStream(body), body.length, answer);
        return answer.toString(StandardCharsets.UTF_8);
    }

    private String call(String method, String path, @Nullable InputStream body, long bytes) throws IOException {
        var answer = new ByteArrayOutputStream();
        call(method, path, TAR, body, bytes, answer);
        return answer.toString(StandardCharsets.UTF_8);
    }

    private void call(
            String method, String path, String type, @Nullable InputStream body, long bytes, OutputStream answer)
            throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            OutputStream out = Channels.newOutputStream(channel);
            out.write((method + " " + path
                            + " HTTP/1.0\r\nHost: docker\r\nContent-Type: " + type + "\r\nContent-Length: " + bytes
                            + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            if (body != null) {
                body.transferTo(out);
            }
            Channels.newInputStream(channel).transferTo(answer);
        }
    }

    private static void run(String script, Path folder) throws IOException, InterruptedException {
        Process shell = new ProcessBuilder(List.of("bash", "-ec", script))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (shell.waitFor() != 0) {
            throw new IOException("the image's files could not be put together");
        }
    }
}
