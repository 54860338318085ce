package dev.claudevm.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A TCP proxy on loopback that breaks connections the way networks do. Safe for use by many threads; each connection has
 * its own virtual threads.
 */
public final class CuttingProxy implements AutoCloseable {

    /** What happens to the traffic. */
    public enum Mode {
        /** Everything goes through. */
        PASS,
        /** Existing connections are reset, new ones are reset as soon as they are made. */
        REFUSE,
        /**
         * Connections are made and stay open, and nothing goes through in either direction, not even their end. Those
         * that were open or made meanwhile stay so for ever, as when a router forgot them; new ones after PASS work.
         */
        BLACKHOLE,
        /** What the client says is swallowed; connections that lived meanwhile stay so for ever. */
        STALL_UP,
        /** What the server says is swallowed; connections that lived meanwhile stay so for ever. */
        STALL_DOWN
    }

    private final ServerSocket listener;
    private final InetSocketAddress target;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong bytesUp = new AtomicLong();
    private final AtomicLong bytesDown = new AtomicLong();
    private volatile Mode mode = Mode.PASS;
    private volatile Duration delay = Duration.ZERO;
    private volatile long bytesUpPerSecond = Long.MAX_VALUE;

    private CuttingProxy(InetSocketAddress target, int port) {
        this.target = target;
        try {
            listener = new ServerSocket(port, 256, InetAddress.getLoopbackAddress());
        } catch (IOException failure) {
            throw new UncheckedIOException("The proxy cannot listen on port " + port, failure);
        }
        Thread.ofVirtual().name("proxy-accept").start(this::accept);
    }

    /** Starts on a free port. */
    public static CuttingProxy before(String host, int port) {
        return new CuttingProxy(new InetSocketAddress(host, port), 0);
    }

    /** @param ownPort where it listens; 0: a free port */
    public static CuttingProxy before(String host, int port, int ownPort) {
        return new CuttingProxy(new InetSocketAddress(host, port), ownPort);
    }

    public int port() {
        return listener.getLocalPort();
    }

    public Mode mode() {
        return mode;
    }

    /** Takes effect for every connection before it returns. */
    public void mode(Mode wanted) {
        synchronized (links) {
            mode = wanted;
            links.forEach(link -> apply(link, wanted));
        }
    }

    /** @param oneWay how much later everything arrives, in each direction; the order stays */
    public void delay(Duration oneWay) {
        delay = oneWay;
    }

    Duration delay() {
        return delay;
    }

    /** @param bytesPerSecond how much goes through from a client to the server, of each connection; the rest waits */
    public void slowUp(long bytesPerSecond) {
        bytesUpPerSecond = bytesPerSecond;
    }

    long bytesUpPerSecond() {
        return bytesUpPerSecond;
    }

    /** Resets the connections that are open now; new ones work as the mode says. */
    public void cutAll() {
        links.forEach(Link::reset);
    }

    /** @return connections made since the start */
    public long accepted() {
        return accepted.get();
    }

    /** @return connections that are open now */
    public int open() {
        return links.size();
    }

    /** @return bytes that went through from clients to the server */
    public long bytesUp() {
        return bytesUp.get();
    }

    /** @return bytes that went through from the server to clients */
    public long bytesDown() {
        return bytesDown.get();
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException ignored) {
            // It is gone either way.
        }
        cutAll();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                client.setTcpNoDelay(true);
                Link link = new Link(this, client, target, bytesUp, bytesDown);
                synchronized (links) {
                    links.add(link);
                    apply(link, mode);
                }
                accepted.incrementAndGet();
                link.start();
            } catch (IOException closed) {
                // Closed, or the client went away before it was accepted.
            }
        }
    }

    void gone(Link link) {
        links.remove(link);
    }

    private static void apply(Link link, Mode mode) {
        switch (mode) {
            case PASS -> {}
            case REFUSE -> link.reset();
            case BLACKHOLE -> link.swallow(true, true);
            case STALL_UP -> link.swallow(true, false);
            case STALL_DOWN -> link.swallow(false, true);
        }
    }
}
