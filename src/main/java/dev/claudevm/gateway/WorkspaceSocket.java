package dev.claudevm.gateway;

import java.io.Closeable;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import org.apache.sshd.client.channel.ChannelDirectTcpip;
import org.apache.sshd.common.channel.ChannelPipedInputStream;

/** A connection to a port in a workspace. One thread reads and one writes; any may close. */
public final class WorkspaceSocket implements Closeable {

    private final ChannelDirectTcpip channel;

    WorkspaceSocket(ChannelDirectTcpip channel) {
        this.channel = channel;
    }

    /** A read that gets nothing for so long ends with an IOException; zero: it waits for ever, as it does at first. */
    public void patience(Duration silence) {
        if (channel.getInvertedOut() instanceof ChannelPipedInputStream in) {
            in.setTimeout(silence.toMillis());
        }
    }

    /** @return ends when the other side has said all, or the connection is lost */
    public InputStream in() {
        return channel.getInvertedOut();
    }

    /** @return blocks while the other side does not read; closing it says that nothing more comes */
    public OutputStream out() {
        return channel.getInvertedIn();
    }

    @Override
    public void close() {
        channel.close(true);
    }
}
