package dev.claudevm.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Stands before an HTTP server on loopback: hands everything on byte by byte, or answers each request itself with an error,
 * or gives bytes slowly. Each connection has its own virtual threads.
 */
public final class FaultyServer implements AutoCloseable {

    private final ServerSocket listener;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile int status;
    private volatile int bytesPerSecond;

    private FaultyServer(int target) {
        this.target = target;
        try {
            listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name("faulty-accept").start(this::accept);
    }

    /** @param target a port on loopback */
    public static FaultyServer before(int target) {
        return new FaultyServer(target);
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** From now on each request gets this answer. @param error for example 503; 0: everything goes through again */
    public void answer(int error) {
        status = error;
        cut();
    }

    /** @param limit in each direction of each new connection; 0: none */
    public void slow(int limit) {
        bytesPerSecond = limit;
        cut();
    }

    /** Closes what is open. */
    public void cut() {
        open.forEach(FaultyServer::close);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                open.add(client);
                Thread.ofVirtual().name("faulty").start(() -> serve(client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        int answer = status;
        try (client) {
            if (answer != 0) {
                refuse(client, answer);
                return;
            }
            try (Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
                open.add(server);
                Thread up = Thread.ofVirtual().start(() -> pump(client, server));
                pump(server, client);
                up.join();
                open.remove(server);
            }
        } catch (IOException gone) {
            // Both ends see it.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
        }
    }

    private static void refuse(Socket client, int status) throws IOException {
        InputStream in = client.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return;
            }
            head.append((char) next);
        }
        String lower = head.toString().toLowerCase(Locale.ROOT);
        int at = lower.indexOf("content-length:");
        if (at >= 0) {
            in.skipNBytes(Long.parseLong(lower.substring(at + "content-length:".length(), lower.indexOf('\r', at))
                    .strip()));
        }
        client.getOutputStream()
                .write(("HTTP/1.1 " + status + " Broken on purpose\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
    }

    private void pump(Socket from, Socket to) {
        int limit = bytesPerSecond;
        byte[] buffer = new byte[limit == 0 ? 64 * 1024 : Math.max(1, limit / 20)];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                out.write(buffer, 0, read);
                if (limit != 0) {
                    LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
                }
            }
            to.shutdownOutput();
        } catch (IOException cut) {
            close(from);
            close(to);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException closed) {
            // Then it is.
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }
}
