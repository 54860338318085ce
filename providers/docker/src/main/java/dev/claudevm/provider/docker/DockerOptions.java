package dev.claudevm.provider.docker;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How workspaces run in Docker.
 *
 * @param host the Engine's address, {@code unix:///path}
 * @param image for workspaces that do not name one
 * @param cpus processors' worth of time, for example 1.5; null: no limit
 * @param memoryBytes null: no limit
 * @param pids processes and threads at a time
 * @param stopGrace how long the bridge has to end by itself when its workspace is stopped
 * @param classCache make the bridge's cache of classes beside the first start
 */
public record DockerOptions(
        String host,
        String image,
        @Nullable Double cpus,
        @Nullable Long memoryBytes,
        long pids,
        Duration stopGrace,
        boolean classCache) {

    private static final String DEFAULT_HOST = "unix:///var/run/docker.sock";

    /** Where {@code DOCKER_HOST} says, no limit but that of processes. */
    public static DockerOptions defaults() {
        String host = System.getenv("DOCKER_HOST");
        return new DockerOptions(
                host == null || host.isBlank() ? DEFAULT_HOST : host,
                "debian:stable",
                null,
                null,
                4096,
                Duration.ofSeconds(5),
                true);
    }

    public DockerOptions withHost(String other) {
        return new DockerOptions(other, image, cpus, memoryBytes, pids, stopGrace, classCache);
    }

    public DockerOptions withImage(String other) {
        return new DockerOptions(host, other, cpus, memoryBytes, pids, stopGrace, classCache);
    }

    public DockerOptions withLimits(@Nullable Double otherCpus, @Nullable Long otherMemoryBytes, long otherPids) {
        return new DockerOptions(host, image, otherCpus, otherMemoryBytes, otherPids, stopGrace, classCache);
    }

    public DockerOptions withClassCache(boolean wanted) {
        return new DockerOptions(host, image, cpus, memoryBytes, pids, stopGrace, wanted);
    }
}
