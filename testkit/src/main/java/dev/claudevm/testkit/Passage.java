package dev.claudevm.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Leads from a unix socket to a port of loopback, or back, until it is closed. */
public final class Passage implements AutoCloseable {

    private final ServerSocketChannel entrance;
    private final SocketAddress exit;
    private final Set<SocketChannel> callers = ConcurrentHashMap.newKeySet();

    private Passage(ServerSocketChannel entrance, SocketAddress from, SocketAddress exit) throws IOException {
        this.entrance = entrance;
        this.exit = exit;
        entrance.bind(from);
        Thread.ofVirtual().name("passage").start(this::accept);
    }

    /** From a port that is free, to a unix socket: for clients that know only ports. */
    public static Passage toSocket(Path socket) throws IOException {
        return new Passage(ServerSocketChannel.open(), loopback(0), UnixDomainSocketAddress.of(socket));
    }

    /** From a new unix socket to a port. */
    public static Passage toPort(Path socket, int port) throws IOException {
        return new Passage(
                ServerSocketChannel.open(StandardProtocolFamily.UNIX),
                UnixDomainSocketAddress.of(socket),
                loopback(port));
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** @return of one that begins at a port */
    public int port() throws IOException {
        return ((InetSocketAddress) entrance.getLocalAddress()).getPort();
    }

    private void accept() {
        while (entrance.isOpen()) {
            try {
                SocketChannel caller = entrance.accept();
                callers.add(caller);
                SocketChannel inside = SocketChannel.open(exit);
                Thread.ofVirtual().start(() -> pass(caller, inside));
                Thread.ofVirtual().start(() -> pass(inside, caller));
            } catch (IOException e) {
                // Closed, or nobody at the other end: the caller sees that.
            }
        }
    }

    private void pass(SocketChannel from, SocketChannel to) {
        try (from;
                to) {
            Channels.newInputStream(from).transferTo(Channels.newOutputStream(to));
        } catch (IOException e) {
            // One of both has gone.
        } finally {
            callers.remove(from);
            callers.remove(to);
        }
    }

    @Override
    public void close() throws IOException {
        SocketAddress from = entrance.getLocalAddress();
        entrance.close();
        if (from instanceof UnixDomainSocketAddress socket) {
            Files.deleteIfExists(socket.getPath());
        }
        for (SocketChannel caller : callers) {
            caller.close();
        }
    }
}
