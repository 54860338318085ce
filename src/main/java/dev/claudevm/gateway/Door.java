package dev.claudevm.gateway;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One unix socket, and so many who have come through it at once. */
final class Door {

    /** Leads whoever came in. Called on a thread of its own; the caller is let go when it returns. */
    @FunctionalInterface
    interface Lead {
        void lead(SocketChannel caller) throws IOException, InterruptedException;
    }

    /** The kernel takes no longer names for sockets. */
    private static final int MAX_PATH_BYTES = 107;

    private static final Logger log = LoggerFactory.getLogger(Door.class);

    private final ServerSocketChannel socket;
    private final int most;
    private final Lead lead;
    private final Set<SocketChannel> callers = ConcurrentHashMap.newKeySet();

    private Door(ServerSocketChannel socket, int most, Lead lead) {
        this.socket = socket;
        this.most = most;
        this.lead = lead;
    }

    /** @param most at once; more are sent away */
    static Door open(Path path, int most, Lead lead) throws IOException {
        Files.deleteIfExists(path);
        ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            bind(socket, path);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
        } catch (IOException | RuntimeException e) {
            quietly(socket);
            throw e;
        }
        Door door = new Door(socket, most, lead);
        Thread.ofVirtual().name("door " + path).start(door::accept);
        return door;
    }

    /** A long path is bound by a shorter one that leads to the same place. */
    private static void bind(ServerSocketChannel socket, Path path) throws IOException {
        if (path.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length <= MAX_PATH_BYTES) {
            socket.bind(UnixDomainSocketAddress.of(path));
            return;
        }
        Path shorter = Files.createTempDirectory("cvm");
        Path link = shorter.resolve("d");
        try {
            Files.createSymbolicLink(link, path.getParent());
            socket.bind(UnixDomainSocketAddress.of(link.resolve(path.getFileName())));
        } finally {
            Files.deleteIfExists(link);
            Files.delete(shorter);
        }
    }

    private void accept() {
        while (socket.isOpen()) {
            try {
                SocketChannel caller = socket.accept();
                if (callers.size() >= most) {
                    caller.close();
                    continue;
                }
                callers.add(caller);
                Thread.ofVirtual().start(() -> lead(caller));
            } catch (IOException e) {
                if (socket.isOpen()) {
                    log.warn("A workspace's connection was not taken: {}", e.getMessage());
                }
            }
        }
    }

    private void lead(SocketChannel caller) {
        try (caller) {
            lead.lead(caller);
        } catch (IOException e) {
            log.debug("A workspace's connection was lost: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            callers.remove(caller);
        }
    }

    void close() {
        quietly(socket);
        callers.forEach(Door::quietly);
    }

    private static void quietly(Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("Could not close a socket: {}", e.getMessage());
        }
    }
}
