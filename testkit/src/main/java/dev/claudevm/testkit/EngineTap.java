package dev.claudevm.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A way to a Docker Engine on which each request can be stopped when the Engine has done it and nobody knows yet. Safe for use by many threads.
 */
public final class EngineTap implements AutoCloseable {

    private static final int BUFFER_BYTES = 1 << 16;

    private final ServerSocketChannel listener;
    private final Path socket;
    private final Path engine;
    private final Watch watch;
    private volatile boolean cut;

    /** What happens when the Engine answers. */
    @FunctionalInterface
    public interface Watch {
        /**
         * @param request its first line, for example {@code POST /v1.41/volumes/create HTTP/1.1}. The Engine has begun to answer, so it is done
         * @return whether the answer goes on to who asked. Else it is lost, and from then on the Engine cannot be reached on this way
         */
        boolean answered(String request);
    }

    /** @param socket where it listens; is made */
    public EngineTap(Path socket, DockerEngine engine, Watch watch) throws IOException {
        this.socket = socket;
        this.engine = Path.of(engine.host().substring("unix://".length()));
        this.watch = watch;
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofVirtual().name("tap-accept").start(this::accept);
    }

    /** @return for {@code DOCKER_HOST} */
    public String host() {
        return "unix://" + socket;
    }

    private void accept() {
        while (listener.isOpen()) {
            try {
                SocketChannel client = listener.accept();
                Thread.ofVirtual().name("tap").start(() -> serve(client));
            } catch (IOException closed) {
                // Closed.
            }
        }
    }

    /** One request: the Engine is told to close the connection after it, so that the next one comes on another. */
    private void serve(SocketChannel client) {
        try (client;
                SocketChannel behind = SocketChannel.open(UnixDomainSocketAddress.of(engine))) {
            String head = head(Channels.newInputStream(client));
            if (cut || head.isEmpty()) {
                return;
            }
            int line = head.indexOf("\r\n");
            String request = head.substring(0, line);
            OutputStream up = Channels.newOutputStream(behind);
            up.write((request + "\r\nConnection: close"
                            + head.substring(line).replaceAll("(?i)\r\nconnection: [^\r]*", ""))
                    .getBytes(StandardCharsets.ISO_8859_1));
            Thread.ofVirtual().name("tap-up").start(() -> copy(client, behind));
            ByteBuffer first = ByteBuffer.allocate(BUFFER_BYTES);
            if (behind.read(first) < 0 || cut) {
                return;
            }
            if (!watch.answered(request)) {
                cut = true;
                return;
            }
            first.flip();
            while (first.hasRemaining()) {
                client.write(first);
            }
            copy(behind, client);
        } catch (IOException gone) {
            // One of the two has had enough.
        }
    }

    /** @return up to the empty line, with it; empty when the client said nothing */
    private static String head(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        int ends = 0;
        while (ends < 4) {
            int b = in.read();
            if (b < 0) {
                return "";
            }
            head.write(b);
            ends = b == (ends % 2 == 0 ? '\r' : '\n') ? ends + 1 : b == '\r' ? 1 : 0;
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private static void copy(SocketChannel from, SocketChannel to) {
        try {
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
            while (from.read(buffer) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    to.write(buffer);
                }
                buffer.clear();
            }
        } catch (IOException gone) {
            // The other direction ends too.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        Files.deleteIfExists(socket);
    }
}
