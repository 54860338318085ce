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
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Runs restic here, with every right on one repository, against the same backend through a port on loopback that is open as long. */
@Component
class LocalRestic {

    private static final int SAID_BYTES = 64 * 1024;
    private static final long LOOK_MILLIS = 200;

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

    /** The store lacks what is needed; restic would ask for it for a quarter of an hour. */
    static final class Lost extends IOException {
        private static final long serialVersionUID = 1L;

        Lost(String object) {
            super("The object store has lost a part of it, " + object + ".");
        }
    }

    /** Takes what it prints, to the end. Called on a platform thread. */
    @FunctionalInterface
    interface Output {
        void take(InputStream out) throws IOException;
    }

    /** Blocks. @throws IOException when it cannot be run, or takes too long */
    Ended run(String workspaceId, String password, Duration longest, String... words) throws IOException {
        return run(workspaceId, password, longest, null, words);
    }

    /**
     * The same for what is read as it comes.
     *
     * @return {@code said} is what it printed as errors
     * @throws IOException also when {@code output} throws one
     */
    Ended read(String workspaceId, String password, Duration longest, Output output, String... words)
            throws IOException {
        return run(workspaceId, password, longest, output, words);
    }

    private Ended run(String workspaceId, String password, Duration longest, @Nullable Output output, String... words)
            throws IOException {
        Grant grant = grants.open(workspaceId, Grant.Rights.KEEP);
        try (ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().name("restic door").start(() -> accept(door, workspaceId));
            List<String> command = new ArrayList<>(List.of("restic"));
            command.addAll(List.of(words));
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(output == null);
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
            return await(builder.start(), longest, output, grant.seen());
        } finally {
            grants.close(grant);
        }
    }

    private void accept(ServerSocket door, String workspaceId) {
        BackendHttp http = new BackendHttp(backend, secret -> grants.find(workspaceId, secret));
        while (!door.isClosed()) {
            try {
                Socket socket = door.accept();
                socket.setTcpNoDelay(true);
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

    private static Ended await(Process process, Duration longest, @Nullable Output output, Seen seen)
            throws IOException {
        try {
            process.getOutputStream().close();
            CompletableFuture<String> said = new CompletableFuture<>();
            // What a process prints is read on a platform thread.
            Thread.ofPlatform()
                    .daemon()
                    .name("restic output")
                    .start(() ->
                            said.complete(read(output == null ? process.getInputStream() : process.getErrorStream())));
            CompletableFuture<@Nullable IOException> taken = new CompletableFuture<>();
            if (output == null) {
                taken.complete(null);
            } else {
                Thread.ofPlatform().daemon().name("restic content").start(() -> take(process, output, taken));
            }
            long end = System.nanoTime() + longest.toNanos();
            while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                Optional<String> lost = seen.lost();
                if (lost.isPresent()) {
                    throw new Lost(lost.get());
                }
                if (System.nanoTime() > end) {
                    throw new IOException("restic took too long and was ended");
                }
            }
            IOException failed = taken.join();
            if (failed != null) {
                throw failed;
            }
            return new Ended(process.exitValue(), said.join());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static void take(Process process, Output output, CompletableFuture<@Nullable IOException> taken) {
        try (InputStream out = process.getInputStream()) {
            output.take(out);
            taken.complete(null);
        } catch (IOException e) {
            // Nobody wants the rest.
            process.destroyForcibly();
            taken.complete(e);
        } catch (RuntimeException e) {
            process.destroyForcibly();
            taken.complete(new IOException(e));
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
