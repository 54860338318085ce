package dev.claudevm.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Unix sockets through which workspaces reach the gateway that shall not see a port of this machine. Each has a folder of its own with {@value #SOCKET} in it, and
 * with {@value #SERVICES} for who lives on this machine: what goes through it is neither encrypted nor cut into packets, as it never leaves the kernel.
 * The folder is what is bound into the workspace: after a restart there is a new socket in it, which a bound socket would not show. Which doors
 * there are is remembered by their folders.
 */
class Doors {

    static final String SOCKET = "home.sock";

    /** The {@link HomeService}s without SSH: for who shares this machine's sockets. */
    static final String SERVICES = "services.sock";

    /** One workspace needs one, and a second while the first is not known to be dead; it shall not take those of others. */
    static final int MAX_CONNECTIONS = 8;

    private static final int BUFFER_BYTES = 16 * 1024;

    private static final Logger log = LoggerFactory.getLogger(Doors.class);

    private final Path folder;
    private final HomeServices services;
    private final Map<String, Pair> open = new ConcurrentHashMap<>();
    private volatile @Nullable SocketAddress gateway;

    /** @param folder made when it is missing */
    Doors(Path folder, HomeServices services) {
        this.folder = folder;
        this.services = services;
    }

    private record Pair(Door home, Door services) {
        void close() {
            home.close();
            services.close();
        }
    }

    /** Opens what was open before. @param address the gateway's port */
    void start(SocketAddress address) throws IOException {
        gateway = address;
        Files.createDirectories(folder);
        try (DirectoryStream<Path> known = Files.newDirectoryStream(folder)) {
            for (Path one : known) {
                try {
                    open(one.getFileName().toString());
                } catch (UncheckedIOException e) {
                    log.warn("The way home for {} cannot be opened: {}", one.getFileName(), e.getMessage());
                }
            }
        }
    }

    /**
     * @return the folder to be bound
     * @throws UncheckedIOException when it cannot be made
     */
    Path open(String workspaceId) {
        Path own = folder.resolve(workspaceId);
        SocketAddress address = gateway;
        if (address == null) {
            throw new IllegalStateException("the gateway does not listen yet");
        }
        open.computeIfAbsent(workspaceId, id -> {
            try {
                Files.createDirectories(own);
                // Whoever comes through from inside may connect, and change nothing here.
                Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwx--x--x"));
                Door home = Door.open(own.resolve(SOCKET), MAX_CONNECTIONS, caller -> relay(caller, address));
                try {
                    return new Pair(
                            home,
                            Door.open(
                                    own.resolve(SERVICES),
                                    HomeServices.MAX_AT_ONCE,
                                    caller -> services.serve(id, caller)));
                } catch (IOException | RuntimeException e) {
                    home.close();
                    throw e;
                }
            } catch (IOException e) {
                throw new UncheckedIOException("the sockets in " + own + " cannot be made", e);
            }
        });
        return own;
    }

    private static void relay(SocketChannel caller, SocketAddress address) throws IOException, InterruptedException {
        try (SocketChannel inside = SocketChannel.open(address)) {
            // Else each small answer waits until what went before it was acknowledged, 40 ms.
            inside.setOption(StandardSocketOptions.TCP_NODELAY, true);
            Thread back = Thread.ofVirtual().start(() -> pass(inside, caller));
            pass(caller, inside);
            back.join();
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

    void remove(String workspaceId) {
        Pair door = open.remove(workspaceId);
        if (door != null) {
            door.close();
        }
        try {
            Files.deleteIfExists(folder.resolve(workspaceId).resolve(SOCKET));
            Files.deleteIfExists(folder.resolve(workspaceId).resolve(SERVICES));
            Files.deleteIfExists(folder.resolve(workspaceId));
        } catch (IOException e) {
            log.warn("The folder {} stays behind: {}", folder.resolve(workspaceId), e.getMessage());
        }
    }

    /** The folders stay, so that the next start opens them again. */
    void stop() {
        open.values().forEach(Pair::close);
        open.clear();
    }
}
