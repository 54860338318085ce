package dev.claudevm.bridge;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A unix socket that leads to a port of loopback, until it is closed. */
final class SocketDoor implements AutoCloseable {

    private final ServerSocketChannel door = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    private final List<SocketChannel> callers = new CopyOnWriteArrayList<>();
    private final Path path;
    private final int port;

    SocketDoor(Path path, int port) throws IOException {
        this.path = path;
        this.port = port;
        door.bind(UnixDomainSocketAddress.of(path));
        Thread.ofVirtual().start(this::accept);
    }

    private void accept() {
        while (door.isOpen()) {
            try {
                SocketChannel caller = door.accept();
                callers.add(caller);
                SocketChannel inside =
                        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                Thread.ofVirtual().start(() -> pass(caller, inside));
                Thread.ofVirtual().start(() -> pass(inside, caller));
            } catch (IOException e) {
                // Closed.
            }
        }
    }

    private static void pass(SocketChannel from, SocketChannel to) {
        try (from;
                to) {
            Channels.newInputStream(from).transferTo(Channels.newOutputStream(to));
        } catch (IOException e) {
            // One of both has gone.
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
        Files.deleteIfExists(path);
        for (SocketChannel caller : callers) {
            caller.close();
        }
    }
}
