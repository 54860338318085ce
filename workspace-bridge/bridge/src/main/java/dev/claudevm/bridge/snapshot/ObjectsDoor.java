package dev.claudevm.bridge.snapshot;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A port on loopback, open while restic runs: each connection to it becomes a stream to the control plane. Who may do what
 * there is decided there; whoever finds the port and does not know the secret gets nothing.
 */
final class ObjectsDoor implements AutoCloseable {

    private static final String SERVICE = "objects";
    private static final int BUFFER_BYTES = 64 * 1024;

    private final ServerSocket listener;
    private final WayHome home;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    ObjectsDoor(WayHome home) throws IOException {
        this.home = home;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("objects").start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                open.add(socket);
                Thread.ofVirtual().name("objects").start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket;
                WayHome.Stream stream = home.open(SERVICE)) {
            Thread up = Thread.ofVirtual().name("objects up").start(() -> {
                pump(socket, stream);
            });
            copy(stream.in(), socket.getOutputStream());
            socket.shutdownOutput();
            socket.close();
            up.join();
        } catch (IOException cut) {
            // restic tries again, or fails and says so.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(socket);
        }
    }

    private static void pump(Socket socket, WayHome.Stream stream) {
        try {
            copy(socket.getInputStream(), stream.out());
            stream.out().close();
        } catch (IOException cut) {
            try {
                stream.close();
            } catch (IOException e) {
                // It is closed then.
            }
        }
    }

    private static void copy(InputStream from, OutputStream to) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
            to.write(buffer, 0, read);
            to.flush();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
