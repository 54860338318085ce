package dev.claudevm.gateway;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A port that leads to a unix socket, for clients that know only ports. */
final class SocketPort implements AutoCloseable {

    private final ServerSocketChannel port = ServerSocketChannel.open();
    private final Path socket;

    SocketPort(Path socket) throws IOException {
        this.socket = socket;
        port.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Thread.ofVirtual().start(this::accept);
    }

    String address() throws IOException {
        return "127.0.0.1:" + ((InetSocketAddress) port.getLocalAddress()).getPort();
    }

    private void accept() {
        while (port.isOpen()) {
            try {
                SocketChannel caller = port.accept();
                SocketChannel inside = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                Thread.ofVirtual().start(() -> pass(caller, inside));
                Thread.ofVirtual().start(() -> pass(inside, caller));
            } catch (IOException e) {
                // Closed, or nobody behind the socket: the caller sees that.
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
        port.close();
    }
}
