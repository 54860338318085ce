package dev.claudevm.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * A real S3 server on loopback, a process of its own that checks signatures and keeps its objects in a folder. Its program
 * is {@code target/test-programs/s3proxy.jar}, which the build fetches.
 */
public final class S3Server implements AutoCloseable {

    public static final String BUCKET = "snapshots";
    public static final String ACCESS_KEY = "test-access";
    public static final String SECRET_KEY = "test-secret-key";

    private static final Duration START = Duration.ofSeconds(60);

    private final Path folder;
    private final int port;
    private CleanProcess process;

    private S3Server(Path folder, int port) throws IOException {
        this.folder = folder;
        this.port = port;
        this.process = launch();
    }

    /** Comes back when it answers. @param folder for its objects and its settings; outlives it */
    public static S3Server start(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("data").resolve(BUCKET));
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = free.getLocalPort();
            free.close();
            return new S3Server(folder, port);
        }
    }

    private CleanProcess launch() throws IOException {
        Map<String, String> settings = new TreeMap<>(Map.of(
                "s3proxy.authorization",
                "aws-v2-or-v4",
                "s3proxy.identity",
                ACCESS_KEY,
                "s3proxy.credential",
                SECRET_KEY,
                "s3proxy.endpoint",
                "http://127.0.0.1:" + port,
                "jclouds.provider",
                "filesystem",
                "jclouds.filesystem.basedir",
                folder.resolve("data").toString(),
                "jclouds.identity",
                "x",
                "jclouds.credential",
                "x"));
        StringBuilder text = new StringBuilder();
        settings.forEach(
                (key, value) -> text.append(key).append('=').append(value).append('\n'));
        Path file = Files.writeString(folder.resolve("s3proxy.conf"), text);
        CleanProcess started = CleanProcess.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-jar",
                        Path.of("target", "test-programs", "s3proxy.jar")
                                .toAbsolutePath()
                                .toString(),
                        "--properties",
                        file.toString())
                .home(folder)
                .start();
        long deadline = System.nanoTime() + START.toNanos();
        while (!listens()) {
            if (!started.alive() || System.nanoTime() > deadline) {
                started.close();
                throw new AssertionError("The S3 server does not start:\n" + started.log());
            }
            Thread.onSpinWait();
        }
        return started;
    }

    private boolean listens() {
        try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    public int port() {
        return port;
    }

    /** Kills it, as a machine that goes away. */
    public void kill() {
        process.kill9();
        process.close();
    }

    /** Starts it again on the same port over the same objects. */
    public void restart() throws IOException {
        process = launch();
    }

    /** @return the folder with the bucket's objects as files */
    public Path objects() {
        return folder.resolve("data").resolve(BUCKET);
    }

    @Override
    public void close() {
        process.close();
    }
}
