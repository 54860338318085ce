package dev.claudevm.provider.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import dev.claudevm.provider.ProviderException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The Engine's API, and what its refusals mean. Connects at the first call. */
final class Engine {

    private static final Duration CONNECT = Duration.ofSeconds(10);
    /** An Engine that hangs must not make those hang who only ask whether it is there. */
    private static final Duration PING = Duration.ofSeconds(3);

    private static final String UNIX = "unix://";

    private final String host;
    private final Path socket;
    private @Nullable DockerClient client;

    Engine(String host) {
        this.host = host;
        this.socket = Path.of(host.startsWith(UNIX) ? host.substring(UNIX.length()) : "/");
    }

    /** A call to the Engine. */
    @FunctionalInterface
    interface Call<T> {
        T on(DockerClient client) throws IOException, InterruptedException;
    }

    /** A call without an answer. */
    @FunctionalInterface
    interface Order {
        void on(DockerClient client) throws IOException, InterruptedException;
    }

    /** @throws ProviderException what is wrong and what to do, for people */
    <T> T ask(Call<T> call) throws ProviderException {
        try {
            return call.on(client());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProviderException("Interrupted while Docker worked.", "Try again.", e);
        } catch (IOException | RuntimeException e) {
            throw translate(e);
        }
    }

    /** @throws ProviderException it does not answer, or not within a few seconds */
    void ping() throws ProviderException {
        try {
            mustBeHere();
            Ping.send(socket, PING);
        } catch (IOException | RuntimeException e) {
            throw translate(e);
        }
    }

    void order(Order order) throws ProviderException {
        ask(client -> {
            order.on(client);
            return true;
        });
    }

    /** @return empty when the Engine does not have the thing */
    <T> Optional<T> find(Call<T> call) throws ProviderException {
        return ask(client -> {
            try {
                return Optional.of(call.on(client));
            } catch (NotFoundException e) {
                return Optional.<T>empty();
            }
        });
    }

    /** The same for an order to a thing that may have gone, which is no error. */
    void orderIfThere(Order order) throws ProviderException {
        order(client -> {
            try {
                order.on(client);
            } catch (NotFoundException e) {
                // That is what was wanted.
            }
        });
    }

    private void mustBeHere() throws ProviderException {
        if (!host.startsWith(UNIX)) {
            throw new ProviderException(
                    "Docker at " + host
                            + " cannot be used: workspaces come home through a folder of this machine, so the"
                            + " Engine must run here.",
                    "Give the Engine's socket of this machine, for example unix:///var/run/docker.sock, as the option"
                            + " host (in config.yaml: providers.docker.host).");
        }
    }

    private synchronized DockerClient client() throws ProviderException {
        if (client == null) {
            mustBeHere();
            var config = DefaultDockerClientConfig.createDefaultConfigBuilder()
                    .withDockerHost(host)
                    .withDockerTlsVerify(false)
                    .build();
            client = DockerClientImpl.getInstance(
                    config,
                    new ZerodepDockerHttpClient.Builder()
                            .dockerHost(config.getDockerHost())
                            .connectionTimeout(CONNECT)
                            .maxConnections(100)
                            .build());
        }
        return client;
    }

    ProviderException translate(Exception e) {
        String said = words(e);
        if (Thread.currentThread().isInterrupted()) {
            return new ProviderException("Interrupted while Docker worked.", "Try again.", e);
        }
        if (said.contains("No space left") || said.contains("no space left") || said.contains("quota exceeded")) {
            return new ProviderException(
                    "Docker's disk is full. It says: " + said + ".",
                    "Make room, for example with docker image prune, and try again.",
                    e);
        }
        if (e instanceof DockerException refused && refused.getHttpStatus() > 0) {
            return new ProviderException(
                    "Docker refused: " + said + ".", "Look at what Docker says, and try again.", e);
        }
        String todo = Files.exists(socket) && !Files.isWritable(socket)
                ? "Add the user of claude-vm's server to the group docker (usermod -aG docker NAME), and start the server in a"
                        + " new login."
                : "Start Docker (systemctl start docker), install it (apt install docker.io), or name another Engine's socket"
                        + " as the option host (in config.yaml: providers.docker.host).";
        return new ProviderException("Docker does not answer at " + host + ": " + said + ".", todo, e);
    }

    /** Docker wraps its words in JSON, and others wrap them in exceptions. */
    private static String words(Throwable e) {
        Throwable last = e;
        while (last.getCause() != null && last.getCause() != last && !(last instanceof DockerException)) {
            last = last.getCause();
        }
        String text = String.valueOf(last.getMessage()).strip();
        int begin = text.indexOf("\"message\":\"");
        if (begin >= 0) {
            int from = begin + "\"message\":\"".length();
            int to = text.lastIndexOf('"');
            if (to > from) {
                text = text.substring(from, to).replace("\\\"", "\"").replace("\\n", " ");
            }
        }
        return text.replaceFirst("^Status \\d+: ", "").strip().replaceFirst("[.]$", "");
    }
}
