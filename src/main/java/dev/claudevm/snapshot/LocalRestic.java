package dev.claudevm.snapshot;

import dev.claudevm.config.ProcessEnvironment;
import dev.claudevm.config.ServerHome;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/** Runs restic here, with every right on one repository, against the same backend through a port on loopback that is open as long. */
@Component
class LocalRestic {

    private static final int SAID_BYTES = 64 * 1024;

    private final ResticBackend backend;
    private final Grants grants;
    private final ServerHome home;
    private final ProcessEnvironment environment;

    LocalRestic(ResticBackend backend, Grants grants, ServerHome home, ProcessEnvironment environment) {
        this.backend = backend;
        this.grants = grants;
        this.home = home;
        this.environment = environment;
    }

    /** @param said the end of what it printed */
    record Ended(int code, String said) {}

    /** Blocks. @throws IOException when it cannot be run, or takes too long */
    Ended run(String workspaceId, String password, Duration longest, String... words) throws IOException {
        Grant grant = grants.open(workspaceId, Grant.Rights.KEEP);
        try (ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().name("restic door").start(() -> accept(door, workspaceId));
            List<String> command = new ArrayList<>(List.of("restic"));
            command.addAll(List.of(words));
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().clear();
            builder.environment().put("PATH", environment.get("PATH").orElse("/usr/bin:/bin"));
            builder.environment().put("HOME", home.root().toString());
            builder.environment().put("RESTIC_PASSWORD", password);
            builder.environment()
                    .put(
                            "RESTIC_REPOSITORY",
                            "rest:http://keeper:" + grant.secret() + "@127.0.0.1:" + door.getLocalPort() + "/");
            Path cache = home.root().resolve("restic-cache");
            builder.environment().put("RESTIC_CACHE_DIR", cache.toString());
            return await(builder.start(), longest);
        } finally {
            grants.close(grant);
        }
    }

    private void accept(ServerSocket door, String workspaceId) {
        BackendHttp http = new BackendHttp(backend, secret -> grants.find(workspaceId, secret));
        while (!door.isClosed()) {
            try {
                Socket socket = door.accept();
                Thread.ofVirtual().name("restic").start(() -> {
                    try (socket) {
                        http.serve(socket.getInputStream(), socket.getOutputStream());
                    } catch (IOException cut) {
                        // restic says it.
                    }
                });
            } catch (IOException closed) {
                return;
            }
        }
    }

    private static Ended await(Process process, Duration longest) throws IOException {
        try {
            process.getOutputStream().close();
            CompletableFuture<String> said = new CompletableFuture<>();
            // What a process prints is read on a platform thread.
            Thread.ofPlatform()
                    .daemon()
                    .name("restic output")
                    .start(() -> said.complete(read(process.getInputStream())));
            if (!process.waitFor(longest.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new IOException("restic took too long and was ended");
            }
            return new Ended(process.exitValue(), said.join());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static String read(InputStream from) {
        StringBuilder end = new StringBuilder();
        byte[] buffer = new byte[8192];
        try (from) {
            for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
                end.append(new String(buffer, 0, read, StandardCharsets.UTF_8));
                if (end.length() > SAID_BYTES) {
                    end.delete(0, end.length() - SAID_BYTES);
                }
            }
        } catch (IOException ended) {
            // What was read by then is all there is.
        }
        return end.toString();
    }
}
