package dev.claudevm.server;

import dev.claudevm.testkit.DockerEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;

/** A server in a process of its own and a running workspace, for all tests of a class: a static {@code @RegisterExtension}. */
final class OneWorkspace implements BeforeAllCallback, AfterAllCallback {

    /** Puts files into the project before a workspace is made of it. */
    @FunctionalInterface
    interface Seed {
        void into(Path project) throws IOException;
    }

    /** What the server's config.yaml says. */
    @FunctionalInterface
    interface Config {
        String text() throws IOException;
    }

    private final Seed seed;
    private final Map<String, String> environment;
    private final @Nullable Config config;
    private final @Nullable String provider;
    private @Nullable Path base;
    private @Nullable ServerProcess server;
    private String id = "";

    OneWorkspace(Seed seed) {
        this(seed, Map.of());
    }

    /** @param environment of the server. @return one in a container of a real Engine, in an image that has nothing */
    static OneWorkspace inDocker(Seed seed, Map<String, String> environment) {
        return new OneWorkspace(
                seed,
                environment,
                () -> "providers: {docker: {host: \"%s\", image: \"%s\"}}\n"
                        .formatted(DockerEngine.get().host(), DockerEngine.IMAGE),
                "docker");
    }

    /** @param environment of the server */
    OneWorkspace(Seed seed, Map<String, String> environment) {
        this(seed, environment, null, null);
    }

    OneWorkspace(Seed seed, Map<String, String> environment, Config config) {
        this(seed, environment, config, null);
    }

    private OneWorkspace(
            Seed seed, Map<String, String> environment, @Nullable Config config, @Nullable String provider) {
        this.seed = seed;
        this.environment = environment;
        this.config = config;
        this.provider = provider;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        base = Files.createTempDirectory("one-workspace");
        Path project = Files.createDirectories(base().resolve("project"));
        seed.into(project);
        if (config != null) {
            Files.writeString(Files.createDirectories(base().resolve("home")).resolve("config.yaml"), config.text());
        }
        start();
        if ("docker".equals(provider)) {
            server().trainBridges();
        }
        id = server().runningWorkspace(project, provider);
    }

    /** @return the server's home is in {@code home}, its user's in {@code user}; tests may put files beside them */
    Path base() {
        return Objects.requireNonNull(base);
    }

    ServerProcess server() {
        return Objects.requireNonNull(server);
    }

    String id() {
        return id;
    }

    /** Starts the server, also once more after a test has killed it. */
    void start() throws IOException {
        start(Map.of());
    }

    /** @param more environment, for this start only */
    void start(Map<String, String> more) throws IOException {
        server = ServerProcess.start(base(), with(more));
    }

    /** Starts the server to die by itself. @return its exit code */
    int startToDie(Map<String, String> more) throws IOException {
        return ServerProcess.startToDie(base(), with(more));
    }

    private Map<String, String> with(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(environment);
        all.putAll(more);
        return all;
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        if (server != null) {
            try {
                // Its copies too: workspaces outlive their server.
                for (JsonNode workspace :
                        server().get("workspaces").path("workspaces").values()) {
                    server().deleteWorkspace(workspace.path("id").asString(""));
                }
            } finally {
                server().close();
            }
        }
        FileSystemUtils.deleteRecursively(base);
    }
}
