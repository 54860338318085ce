package dev.claudevm.bridge;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * One connection to a unix socket, for an SSH client that knows only TCP: it connects to {@link #address()} on loopback, and is let through when
 * {@link #admit} has said that it is the one.
 */
final class SocketRelay implements Closeable {

    private static final int BUFFER_BYTES = 16 * 1024;

    private final SocketChannel socket;
    private final ServerSocketChannel door;

    private SocketRelay(SocketChannel socket, ServerSocketChannel door) {
        this.socket = socket;
        this.door = door;
    }

    /** @throws IOException nobody listens on that socket */
    static SocketRelay to(Path path) throws IOException {
        SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
        ServerSocketChannel door = null;
        try {
            socket.connect(UnixDomainSocketAddress.of(path));
            door = ServerSocketChannel.open();
            door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            return new SocketRelay(socket, door);
        } catch (IOException | RuntimeException e) {
            Quietly.close(socket);
            if (door != null) {
                Quietly.close(door);
            }
            throw e;
        }
    }

    InetSocketAddress address() throws IOException {
        return (InetSocketAddress) door.getLocalAddress();
    }

    /** Waits for the connection that comes from there, sends others away, and passes bytes on until one side ends. */
    void admit(SocketAddress client) throws IOException {
        try (door) {
            SocketChannel caller = door.accept();
            while (!port(caller.getRemoteAddress(), client)) {
                caller.close();
                caller = door.accept();
            }
            SocketChannel admitted = caller.setOption(StandardSocketOptions.TCP_NODELAY, true);
            Thread.ofVirtual().name("gateway, out").start(() -> pass(admitted, socket));
            Thread.ofVirtual().name("gateway, in").start(() -> pass(socket, admitted));
        }
    }

    /** The wildcard and loopback are written differently on both sides; the port is the connection. */
    private static boolean port(SocketAddress one, SocketAddress other) {
        return one instanceof InetSocketAddress a && other instanceof InetSocketAddress b && a.getPort() == b.getPort();
    }

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
            // One of both has gone, and with it goes the other.
        }
    }

    @Override
    public void close() {
        Quietly.close(door);
        Quietly.close(socket);
    }
}
