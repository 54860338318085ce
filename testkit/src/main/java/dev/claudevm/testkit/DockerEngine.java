package dev.claudevm.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A real Docker Engine for tests: the one that runs on this machine, else one of our own with everything of it in a temporary folder, which ends with this JVM.
 * Needs {@code dockerd} (Debian: docker.io) and root then.
 */
public final class DockerEngine {

    /** A small image with glibc, bash and coreutils, made out of this machine's packages. */
    public static final String IMAGE = "claude-vm-test:base";

    private static final Path USUAL = Path.of("/var/run/docker.sock");
    private static final Duration START = Duration.ofSeconds(60);

    /** As Debian calls them; what their programs need is among them. */
    private static final String PACKAGES =
            "base-files bash coreutils dash debianutils findutils grep gzip hostname sed tar libc6 libc-bin"
                    + " libtinfo6 libacl1 libattr1 libselinux1 libpcre2-8-0 libgmp10 libcrypt1 ca-certificates";

    private static @Nullable DockerEngine running;

    private final Path socket;

    private DockerEngine(Path socket) {
        this.socket = socket;
    }

    /** @return the same one for the whole JVM, with {@link #IMAGE} in it */
    public static synchronized DockerEngine get() {
        DockerEngine known = running;
        if (known == null) {
            try {
                DockerEngine engine =
                        Files.exists(USUAL) && new DockerEngine(USUAL).answers() ? new DockerEngine(USUAL) : started();
                engine.importBase();
                running = engine;
                return engine;
            } catch (IOException e) {
                throw new AssertionError("No Docker Engine for the tests: " + e.getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
        return known;
    }

    /** @return for {@code DOCKER_HOST} */
    public String host() {
        return "unix://" + socket;
    }

    private static DockerEngine started() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("cvm-docker");
        Path socket = folder.resolve("docker.sock");
        var command = new ProcessBuilder(
                        "dockerd",
                        "--host=unix://" + socket,
                        "--data-root=" + folder.resolve("data"),
                        "--exec-root=" + folder.resolve("exec"),
                        "--pidfile=" + folder.resolve("pid"),
                        "--bridge=none",
                        "--shutdown-timeout=1")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile());
        Process process = command.start();
        process.getOutputStream().close();
        DockerEngine engine = new DockerEngine(socket);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(process, folder)));
        long until = System.nanoTime() + START.toNanos();
        while (!engine.answers()) {
            if (!process.isAlive() || System.nanoTime() > until) {
                throw new IOException("dockerd did not start: " + Files.readString(folder.resolve("log")));
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return engine;
    }

    private static void end(Process process, Path folder) {
        try {
            process.destroy();
            if (!process.waitFor(15, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
            new ProcessBuilder("rm", "-rf", "--one-file-system", folder.toString())
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

    private String call(String method, String path, @Nullable InputStream body, long bytes) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            OutputStream out = Channels.newOutputStream(channel);
            out.write((method + " " + path
                            + " HTTP/1.0\r\nHost: docker\r\nContent-Type: application/x-tar\r\nContent-Length: " + bytes
                            + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            if (body != null) {
                body.transferTo(out);
            }
            var answer = new ByteArrayOutputStream();
            Channels.newInputStream(channel).transferTo(answer);
            return answer.toString(StandardCharsets.UTF_8);
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
