package dev.claudevm.bridge;

import dev.claudevm.bridge.snapshot.WayHome;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.session.ClientSession;
import org.jspecify.annotations.Nullable;

/** The connection home as others use it: streams to services of the control plane. */
final class HomeLine implements WayHome {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private volatile @Nullable ClientSession session;

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
}
