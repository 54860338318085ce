package dev.claudevm.provider.contract;

import dev.claudevm.provider.StartSpec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/** Where the probes of started workspaces call in. Each call is one start of a probe. */
public final class ProbeGateway implements AutoCloseable {

    /** As of a real bridge: an archive of Java's own classes is there for these, and it starts quickly. */
    static final String OPTIONS = "-XX:+UseSerialGC\n-XX:+UseCompactObjectHeaders\n";

    private final ServerSocketChannel port = ServerSocketChannel.open();
    private final ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    private final Path door = Files.createTempDirectory("door");
    private final BlockingQueue<Probe> calls = new LinkedBlockingQueue<>();

    public ProbeGateway() throws IOException {
        port.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        socket.bind(UnixDomainSocketAddress.of(door.resolve(StartSpec.DOOR_SOCKET)));
        Files.setPosixFilePermissions(door, PosixFilePermissions.fromString("rwx--x--x"));
        Files.setPosixFilePermissions(
                door.resolve(StartSpec.DOOR_SOCKET), PosixFilePermissions.fromString("rw-rw-rw-"));
        Thread.ofVirtual().start(() -> accept(port));
        Thread.ofVirtual().start(() -> accept(socket));
    }

    /** Makes a bridge kit with the probe in it. */
    public static Path writeKit(Path kit) throws IOException {
        Path lib = Files.createDirectories(kit.resolve("lib"));
        String name = "dev/claudevm/bridge/BridgeMain.class";
        try (var in = ProbeGateway.class.getClassLoader().getResourceAsStream(name);
                var jar = new JarOutputStream(Files.newOutputStream(lib.resolve("probe.jar")))) {
            if (in == null) {
                throw new IOException(name + " is not on the class path");
            }
            jar.putNextEntry(new JarEntry(name));
            in.transferTo(jar);
        }
        Files.writeString(kit.resolve("bridge.opts"), OPTIONS);
        return kit;
    }

    public String address() {
        try {
            return "127.0.0.1:" + ((InetSocketAddress) port.getLocalAddress()).getPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @return the folder with the unix socket that leads here as well */
    public Path door() {
        return door;
    }

    /** @return the next probe that calls; fails after half a minute */
    public Probe next() {
        return poll(Duration.ofSeconds(30)).orElseThrow(() -> new AssertionError("no probe called within 30 s"));
    }

    public Optional<Probe> poll(Duration atMost) {
        try {
            return Optional.ofNullable(calls.poll(atMost.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private void accept(ServerSocketChannel listening) {
        while (listening.isOpen()) {
            try {
                SocketChannel caller = listening.accept();
                Thread.ofVirtual().start(() -> greet(caller));
            } catch (IOException e) {
                // Closed.
            }
        }
    }

    private void greet(SocketChannel caller) {
        try {
            var in = new BufferedReader(Channels.newReader(caller, StandardCharsets.US_ASCII));
            String line = in.readLine();
            if (line != null) {
                String[] hello = line.split(" ");
                String token = new String(Base64.getDecoder().decode(hello[2]), StandardCharsets.UTF_8);
                calls.add(new Probe(hello[0], Long.parseLong(hello[1]), token, Long.parseLong(hello[3]), caller, in));
            }
        } catch (IOException e) {
            // A probe that was killed in mid-sentence.
        }
    }

    @Override
    public void close() throws IOException {
        port.close();
        socket.close();
        Files.deleteIfExists(door.resolve(StartSpec.DOOR_SOCKET));
        Files.delete(door);
    }

    /**
     * A bridge's place in a running workspace.
     *
     * @param pid its own idea of it
     */
    public record Probe(
            String workspaceId, long generation, String token, long pid, SocketChannel socket, BufferedReader in) {

        /** What a command printed, stdout and stderr. */
        public record Said(int exit, String output) {}

        /** Runs a bash command in the workspace. */
        public Said run(String command) {
            try {
                String words = Base64.getEncoder().encodeToString(command.getBytes(StandardCharsets.UTF_8));
                send(words);
                String line = in.readLine();
                if (line == null) {
                    throw new AssertionError("the probe ended during: " + command);
                }
                String[] answer = line.split(" ", 2);
                String output = new String(Base64.getDecoder().decode(answer[1]), StandardCharsets.UTF_8);
                return new Said(Integer.parseInt(answer[0]), output);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** @return what a command that succeeds prints, without the white space around it */
        public String output(String command) {
            Said said = run(command);
            if (said.exit() != 0) {
                throw new AssertionError(command + " ended with " + said.exit() + ": " + said.output());
            }
            return said.output().strip();
        }

        /** Runs a bash command and waits for no answer: it may be the probe's end. */
        public void tell(String command) throws IOException {
            send(Base64.getEncoder().encodeToString(command.getBytes(StandardCharsets.UTF_8)));
        }

        /** Ends the probe with that exit code. */
        public void exit(int code) throws IOException {
            send("exit " + code);
        }

        /** @return whether the connection has ended, as it does when the process is gone; waits up to 20 s */
        public boolean isGone() {
            var ended = new java.util.concurrent.CompletableFuture<Boolean>();
            Thread.ofVirtual().start(() -> {
                try {
                    ended.complete(in.readLine() == null);
                } catch (IOException e) {
                    ended.complete(true);
                }
            });
            return ended.completeOnTimeout(false, 20, TimeUnit.SECONDS).join();
        }

        private void send(String line) throws IOException {
            Channels.newOutputStream(socket).write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        }
    }
}
