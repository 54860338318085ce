package dev.claudevm.server;

import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** {@code ssh -R} of a person into a workspace: what listens here is seen on the workspace's own loopback. */
final class Tunnel implements AutoCloseable {

    private final Process ssh;

    private Tunnel(Process ssh) {
        this.ssh = ssh;
    }

    /** Waits until the way is there. */
    static Tunnel into(Path folder, ServerProcess server, String workspace, int there, int here) throws Exception {
        Files.createDirectories(folder);
        Path key = folder.resolve("key");
        run(folder, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString());
        String text = Files.readString(folder.resolve("key.pub")).strip();
        server.call(
                "POST",
                "ssh-keys",
                Json.MAPPER.createObjectNode().put("key", text).toString());
        JsonNode where = server.get("ssh");
        int port = where.path("port").asInt();
        Path known = folder.resolve("known_hosts");
        Files.writeString(
                known, "[127.0.0.1]:" + port + " " + where.path("hostKey").asString("") + "\n");
        Path log = folder.resolve("log");
        Process ssh = builder(
                        folder,
                        "ssh",
                        "-F",
                        "/dev/null",
                        "-i",
                        key.toString(),
                        "-o",
                        "BatchMode=yes",
                        "-o",
                        "ExitOnForwardFailure=yes",
                        "-o",
                        "UserKnownHostsFile=" + known,
                        "-p",
                        Integer.toString(port),
                        "-R",
                        "127.0.0.1:" + there + ":127.0.0.1:" + here,
                        workspace + "@127.0.0.1",
                        "echo open; sleep 1000000")
                .redirectError(log.toFile())
                .start();
        byte[] said = ssh.getInputStream().readNBytes(5);
        if (!new String(said, java.nio.charset.StandardCharsets.UTF_8).equals("open\n")) {
            ssh.destroyForcibly();
            throw new AssertionError("no tunnel: " + Files.readString(log));
        }
        return new Tunnel(ssh);
    }

    private static ProcessBuilder builder(Path folder, String... line) {
        ProcessBuilder builder = new ProcessBuilder(List.of(line)).directory(folder.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
        builder.environment().put("HOME", folder.toString());
        return builder;
    }

    private static void run(Path folder, String... line) throws IOException, InterruptedException {
        if (builder(folder, line).inheritIO().start().waitFor() != 0) {
            throw new AssertionError(line[0]);
        }
    }

    boolean open() {
        return ssh.isAlive();
    }

    @Override
    public void close() throws InterruptedException {
        ssh.destroyForcibly().waitFor();
    }
}
