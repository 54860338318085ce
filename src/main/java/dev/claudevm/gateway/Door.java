package dev.claudevm.gateway;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
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

/** One unix socket; what connects to it is passed on to the gateway's port. */
final class Door {

    /** One workspace needs one, and a second while the first is not known to be dead; it shall not take those of others. */
    static final int MAX_CONNECTIONS = 8;

    /** The kernel takes no longer names for sockets. */
    private static final int MAX_PATH_BYTES = 107;

    private static final int BUFFER_BYTES = 16 * 1024;
    private static final Logger log = LoggerFactory.getLogger(Door.class);

    private final ServerSocketChannel socket;
    private final SocketAddress gateway;
    private final Set<SocketChannel> callers = ConcurrentHashMap.newKeySet();

    private Door(ServerSocketChannel socket, SocketAddress gateway) {
        this.socket = socket;
        this.gateway = gateway;
    }

    static Door open(Path path, SocketAddress gateway) throws IOException {
        Files.deleteIfExists(path);
        ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            bind(socket, path);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
        } catch (IOException | RuntimeException e) {
            quietly(socket);
            throw e;
        }
        Door door = new Door(socket, gateway);
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
                if (callers.size() >= MAX_CONNECTIONS) {
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
        try (caller;
                SocketChannel inside = SocketChannel.open(gateway)) {
            Thread back = Thread.ofVirtual().start(() -> pass(inside, caller));
            pass(caller, inside);
            back.join();
        } catch (IOException e) {
            log.debug("The gateway did not take a connection: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            callers.remove(caller);
        }
    }

    /** Until one side ends; then both do. */
    private static void pass(SocketChannel from, SocketChannel to) {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        try (from;
                to) {
            while (from.read(buffer) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    to.write(buffer);
                }
                buffer.clear();
            }
        } catch (IOException e) {
            // One of both has gone.
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
