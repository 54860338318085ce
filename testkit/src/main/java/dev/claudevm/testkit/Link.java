package dev.claudevm.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** One connection through the proxy: a reading and a writing thread for each direction. */
final class Link {

    private static final int CHUNK_BYTES = 64 * 1024;
    private static final int PIECE_BYTES = 16 * 1024;
    private static final int CHUNKS_UNDER_WAY = 256;

    private final CuttingProxy proxy;
    private final Socket client;
    private final Socket server = new Socket();
    private final InetSocketAddress target;
    private final AtomicLong bytesUp;
    private final AtomicLong bytesDown;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile boolean swallowUp;
    private volatile boolean swallowDown;

    Link(CuttingProxy proxy, Socket client, InetSocketAddress target, AtomicLong bytesUp, AtomicLong bytesDown) {
        this.proxy = proxy;
        this.client = client;
        this.target = target;
        this.bytesUp = bytesUp;
        this.bytesDown = bytesDown;
    }

    /** @param data empty: the end of the stream */
    private record Chunk(byte[] data, long dueNanos) {}

    void start() {
        Thread.ofVirtual().name("proxy-link").start(() -> {
            try {
                if (!swallowUp || !swallowDown) {
                    server.connect(target);
                    server.setTcpNoDelay(true);
                    pump(server, client, false);
                }
                pump(client, server, true);
            } catch (IOException unreachable) {
                reset();
            }
        });
    }

    /** Once swallowed, a direction never works again: bytes are missing. */
    void swallow(boolean up, boolean down) {
        swallowUp |= up;
        swallowDown |= down;
    }

    void reset() {
        if (ended.compareAndSet(false, true)) {
            end(client);
            end(server);
            proxy.gone(this);
        }
    }

    private void pump(Socket from, Socket to, boolean up) {
        BlockingQueue<Chunk> underWay = new ArrayBlockingQueue<>(CHUNKS_UNDER_WAY);
        Thread.ofVirtual().name("proxy-read").start(() -> read(from, underWay, up));
        Thread.ofVirtual().name("proxy-write").start(() -> write(to, underWay, up));
    }

    private void read(Socket from, BlockingQueue<Chunk> underWay, boolean up) {
        byte[] buffer = new byte[CHUNK_BYTES];
        try {
            while (true) {
                int count = from.getInputStream().read(buffer);
                byte[] data = new byte[Math.max(0, count)];
                System.arraycopy(buffer, 0, data, 0, data.length);
                underWay.put(new Chunk(data, System.nanoTime() + proxy.delay().toNanos()));
                if (count < 0) {
                    return;
                }
            }
        } catch (IOException broken) {
            // A reset goes on to the other end, except through a hole.
            if (!swallows(up)) {
                reset();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(Socket to, BlockingQueue<Chunk> underWay, boolean up) {
        try {
            while (true) {
                Chunk chunk = underWay.take();
                long early = chunk.dueNanos() - System.nanoTime();
                if (early > 0) {
                    TimeUnit.NANOSECONDS.sleep(early);
                }
                if (swallows(up)) {
                    if (chunk.data().length == 0) {
                        return;
                    }
                    continue;
                }
                if (chunk.data().length == 0) {
                    halfClose(to);
                    return;
                }
                for (int at = 0; at < chunk.data().length; at += PIECE_BYTES) {
                    int length = Math.min(PIECE_BYTES, chunk.data().length - at);
                    if (up) {
                        TimeUnit.NANOSECONDS.sleep(length * 1_000_000_000L / proxy.bytesUpPerSecond());
                    }
                    to.getOutputStream().write(chunk.data(), at, length);
                }
                (up ? bytesUp : bytesDown).addAndGet(chunk.data().length);
            }
        } catch (IOException broken) {
            reset();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean swallows(boolean up) {
        return up ? swallowUp : swallowDown;
    }

    private void halfClose(Socket to) throws IOException {
        to.shutdownOutput();
        if (client.isOutputShutdown() && server.isOutputShutdown() && ended.compareAndSet(false, true)) {
            client.close();
            server.close();
            proxy.gone(this);
        }
    }

    private static void end(Socket socket) {
        try {
            // Linger 0 makes the close a reset.
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException alreadyClosed) {
            // As wanted.
        }
    }
}
