package dev.claudevm.server;

import dev.claudevm.testkit.DockerEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.util.FileSystemUtils;

/** A server in a process of its own and a running workspace, for all tests of a class: a static {@code @RegisterExtension}. */
final class OneWorkspace implements BeforeAllCallback, AfterAllCallback {

    /** Puts files into the project before a workspace is made of it. */
    @FunctionalInterface
    interface Seed {
        void into(Path project) throws IOException;
    }

    private final Seed seed;
    private final Map<String, String> environment;
    private final boolean docker;
    private @Nullable Path base;
    private @Nullable ServerProcess server;
    private String id = "";

    OneWorkspace(Seed seed) {
        this(seed, Map.of());
    }

    /** @param environment of the server. @return one in a container of a real Engine, in an image that has nothing */
    static OneWorkspace inDocker(Seed seed, Map<String, String> environment) {
        return new OneWorkspace(seed, environment, true);
    }

    /** @param environment of the server */
    OneWorkspace(Seed seed, Map<String, String> environment) {
        this(seed, environment, false);
    }

    private OneWorkspace(Seed seed, Map<String, String> environment, boolean docker) {
        this.seed = seed;
        this.environment = environment;
        this.docker = docker;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        base = Files.createTempDirectory("one-workspace");
        Path project = Files.createDirectories(base().resolve("project"));
        seed.into(project);
        if (docker) {
            Files.writeString(
                    Files.createDirectories(base().resolve("home")).resolve("config.yaml"),
                    "providers: {docker: {host: \"%s\", image: \"%s\"}}\n"
                            .formatted(DockerEngine.get().host(), DockerEngine.IMAGE));
        }
        start();
        id = server().runningWorkspace(project, docker ? "docker" : null);
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
        server = ServerProcess.start(base(), environment);
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        if (server != null) {
            try {
                if (!id.isEmpty()) {
                    server().deleteWorkspace(id);
                }
            } finally {
                server().close();
            }
        }
        FileSystemUtils.deleteRecursively(base);
    }
}
