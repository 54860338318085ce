package dev.claudevm.ssh;

import dev.claudevm.protocol.Json;
import dev.claudevm.server.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A server in a process of its own with one running workspace, and somebody whose key it knows. */
final class SshWorkspace implements AutoCloseable {

    final Path base;
    private ServerProcess server;
    final String id;
    final OpenSsh client;
    final String keyId;

    private SshWorkspace(Path base, ServerProcess server, String id, OpenSsh client, String keyId) {
        this.base = base;
        this.server = server;
        this.id = id;
        this.client = client;
        this.keyId = keyId;
    }

    static SshWorkspace start(Path base, Map<String, String> environment) throws Exception {
        return start(base, environment, "");
    }

    /** @param config lines of {@code config.yaml} besides those for SSH */
    static SshWorkspace start(Path base, Map<String, String> environment, String config) throws Exception {
        Path project = Files.createDirectories(base.resolve("project"));
        Files.writeString(project.resolve("README"), "a project");
        Path home = Files.createDirectories(base.resolve("home"));
        Files.writeString(home.resolve("config.yaml"), "ssh: {port: 0}\n" + config);
        ServerProcess server = ServerProcess.start(base, environment);
        try {
            String id = server.runningWorkspace(project);
            OpenSsh client = client(base.resolve("client"), server, id);
            return new SshWorkspace(base, server, id, client, register(server, client));
        } catch (AssertionError | Exception e) {
            server.close();
            throw e;
        }
    }

    /** Another machine of the same person, or of somebody else; its key is not known yet. */
    OpenSsh client(String name) throws Exception {
        return client(base.resolve(name), server, id);
    }

    private static OpenSsh client(Path folder, ServerProcess server, String id) throws Exception {
        JsonNode where = server.get("ssh");
        return OpenSsh.in(
                folder, where.path("port").asInt(), where.path("hostKey").asString(""), id);
    }

    String register(OpenSsh who) throws Exception {
        return register(server, who);
    }

    private static String register(ServerProcess server, OpenSsh who) throws Exception {
        JsonNode added = server.call(
                        "POST",
                        "ssh-keys",
                        Json.MAPPER
                                .createObjectNode()
                                .put("key", who.publicKey())
                                .toString())
                .json();
        String keyId = added.path("keys").path(0).path("id").asString("");
        if (keyId.isEmpty()) {
            throw new AssertionError("The key was not taken: " + added);
        }
        return keyId;
    }

    ServerProcess server() {
        return server;
    }

    int port() throws IOException, InterruptedException {
        return server.get("ssh").path("port").asInt();
    }

    /** The same server once more. */
    void startAgain(Map<String, String> environment) throws IOException {
        server.close();
        server = ServerProcess.start(base, environment);
    }

    @Override
    public void close() throws Exception {
        server.deleteWorkspace(id);
        server.close();
    }
}
