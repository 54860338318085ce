package dev.claudevm.bridge;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import org.apache.sshd.client.future.DefaultOpenFuture;
import org.apache.sshd.client.future.OpenFuture;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.ChannelFactory;
import org.apache.sshd.common.channel.ChannelOutputStream;
import org.apache.sshd.common.channel.ChannelPipedInputStream;
import org.apache.sshd.common.channel.ChannelPipedOutputStream;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.channel.AbstractServerChannel;
import org.jspecify.annotations.Nullable;

/** {@code direct-streamlocal@openssh.com}: a connection to a unix socket of the workspace (OpenSSH's PROTOCOL, 2.4). */
final class UnixSocketChannel extends AbstractServerChannel {

    private final Path folder;
    private @Nullable SocketChannel socket;
    private @Nullable OutputStream received;

    private UnixSocketChannel(Path folder) {
        super("", List.of(), null);
        this.folder = folder;
    }

    /** @param folder from which relative paths are meant */
    record Factory(Path folder) implements ChannelFactory {
        @Override
        public String getName() {
            return "direct-streamlocal@openssh.com";
        }

        @Override
        public Channel createChannel(Session session) {
            return new UnixSocketChannel(folder);
        }
    }

    @Override
    protected OpenFuture doInit(Buffer buffer) {
        String path = buffer.getString();
        OpenFuture opened = new DefaultOpenFuture(this, this);
        try {
            SocketChannel connected = SocketChannel.open(StandardProtocolFamily.UNIX);
            socket = connected;
            connected.connect(UnixDomainSocketAddress.of(folder.resolve(path)));
            ChannelPipedInputStream in = new ChannelPipedInputStream(this, getLocalWindow());
            received = new ChannelPipedOutputStream(in);
            OutputStream out =
                    new ChannelOutputStream(this, getRemoteWindow(), log, SshConstants.SSH_MSG_CHANNEL_DATA, true);
            signalChannelOpenSuccess();
            opened.setOpened();
            Thread.ofVirtual().name("socket input").start(() -> toSocket(in, connected));
            Thread.ofVirtual().name("socket output").start(() -> fromSocket(connected, out));
        } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
            signalChannelOpenFailure(e);
            opened.setException(new SshChannelOpenException(
                    getChannelId(), SshConstants.SSH_OPEN_CONNECT_FAILED, "Nothing listens on that socket.", e));
            close(true);
        }
        return opened;
    }

    private void toSocket(InputStream in, SocketChannel to) {
        try (in) {
            in.transferTo(Channels.newOutputStream(to));
            to.shutdownOutput();
        } catch (IOException e) {
            close(false);
        }
    }

    private void fromSocket(SocketChannel from, OutputStream out) {
        try (from;
                out) {
            byte[] buffer = new byte[32 * 1024];
            InputStream in = Channels.newInputStream(from);
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
                out.flush();
            }
        } catch (IOException e) {
            // One of both has gone.
        }
        close(false);
    }

    @Override
    protected void doWriteData(byte[] data, int off, long len) throws IOException {
        if (received != null && !isClosing()) {
            received.write(data, off, (int) len);
        }
    }

    @Override
    protected void doWriteExtendedData(byte[] data, int off, long len) {
        throw new UnsupportedOperationException("A socket has one stream.");
    }

    @Override
    public void handleEof() throws IOException {
        super.handleEof();
        if (received != null) {
            received.close();
        }
    }

    @Override
    protected void preClose() {
        if (received != null) {
            Quietly.close(received);
        }
        if (socket != null) {
            Quietly.close(socket);
        }
        super.preClose();
    }
}
