package dev.claudevm.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
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
 * Unix sockets through which workspaces reach the gateway that shall not see a port of this machine. Each has a folder of its own with {@value #SOCKET} in it.
 * The folder is what is bound into the workspace: after a restart there is a new socket in it, which a bound socket would not show. Which doors
 * there are is remembered by their folders.
 */
class Doors {

    static final String SOCKET = "home.sock";

    private static final Logger log = LoggerFactory.getLogger(Doors.class);

    private final Path folder;
    private final Map<String, Door> open = new ConcurrentHashMap<>();
    private volatile @Nullable SocketAddress gateway;

    /** @param folder made when it is missing */
    Doors(Path folder) {
        this.folder = folder;
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
                return Door.open(own.resolve(SOCKET), address);
            } catch (IOException e) {
                throw new UncheckedIOException(own.resolve(SOCKET) + " cannot be made", e);
            }
        });
        return own;
    }

    void remove(String workspaceId) {
        Door door = open.remove(workspaceId);
        if (door != null) {
            door.close();
        }
        try {
            Files.deleteIfExists(folder.resolve(workspaceId).resolve(SOCKET));
            Files.deleteIfExists(folder.resolve(workspaceId));
        } catch (IOException e) {
            log.warn("The folder {} stays behind: {}", folder.resolve(workspaceId), e.getMessage());
        }
    }

    /** The folders stay, so that the next start opens them again. */
    void stop() {
        open.values().forEach(Door::close);
        open.clear();
    }
}
