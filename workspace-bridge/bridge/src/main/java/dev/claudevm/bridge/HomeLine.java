package dev.claudevm.bridge;

import dev.claudevm.bridge.snapshot.WayHome;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.session.ClientSession;
import org.jspecify.annotations.Nullable;

/** The connection home as others use it: streams to services of the control plane. */
final class HomeLine implements WayHome {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Beside the gateway's socket, where the control plane is on the same machine. */
    private static final String NEAR = "services.sock";

    private final @Nullable Path near;
    private volatile @Nullable ClientSession session;

    private HomeLine(@Nullable Path near) {
        this.near = near;
    }

    /** @param gateway as in {@link BridgeConfig#gateway()}; null: there is none */
    static HomeLine to(@Nullable String gateway) {
        return new HomeLine(
                gateway == null || !gateway.startsWith("/")
                        ? null
                        : Path.of(gateway).resolveSibling(NEAR));
    }

    /** @param now the session that has been welcomed; null: there is none */
    void session(@Nullable ClientSession now) {
        session = now;
    }

    @Override
    public Stream open(String service) throws IOException {
        ClientSession now = session;
        if (now == null) {
            throw new IOException("There is no connection to the control plane.");
        }
        // On one machine everything would be encrypted and decrypted for nobody's sake.
        return near != null && Files.exists(near) ? near(near, service) : exec(now, service);
    }

    private static Stream near(Path socket, String service) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            OutputStream out = Channels.newOutputStream(channel);
            out.write((service + "\n").getBytes(StandardCharsets.US_ASCII));
            return new Near(channel, Channels.newInputStream(channel), new Half(channel, out));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static Stream exec(ClientSession now, String service) throws IOException {
        ChannelExec channel = now.createExecChannel(service);
        try {
            channel.open().verify(PATIENCE);
            return new Exec(channel, channel.getInvertedOut(), channel.getInvertedIn());
        } catch (IOException | RuntimeException e) {
            channel.close(true);
            throw e;
        }
    }

    private record Exec(ChannelExec channel, InputStream in, OutputStream out) implements Stream {
        @Override
        public void close() {
            channel.close(true);
        }
    }

    /** Closing it ends one direction. */
    private static final class Half extends FilterOutputStream {
        private final SocketChannel channel;

        Half(SocketChannel channel, OutputStream out) {
            super(out);
            this.channel = channel;
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            out.write(bytes, from, length);
        }

        @Override
        public void close() throws IOException {
            channel.shutdownOutput();
        }
    }

    private record Near(SocketChannel channel, InputStream in, OutputStream out) implements Stream {
        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
