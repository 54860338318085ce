package dev.claudevm.provider.docker;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** Asks an Engine for a sign of life. By hand, because limits of time of the client's do not hold on unix sockets. */
final class Ping {

    private static final byte[] REQUEST =
            "GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int LINE_BYTES = 512;

    private Ping() {}

    /** @throws IOException it does not answer within {@code limit}, or with something else than that it is well */
    static void send(Path socket, Duration limit) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                Selector selector = Selector.open()) {
            channel.write(ByteBuffer.wrap(REQUEST));
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
            if (selector.select(limit.toMillis()) == 0) {
                throw new IOException("it has the connection and says nothing for " + limit.toSeconds() + " s");
            }
            ByteBuffer said = ByteBuffer.allocate(LINE_BYTES);
            channel.read(said);
            String line = new String(said.array(), 0, said.position(), StandardCharsets.US_ASCII)
                    .lines()
                    .findFirst()
                    .orElse("nothing");
            if (!line.matches("HTTP/1\\.[01] 200 .*")) {
                throw new IOException("it says " + line);
            }
        }
    }
}
