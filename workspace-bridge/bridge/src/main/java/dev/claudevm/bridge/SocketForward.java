package dev.claudevm.bridge;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
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

/**
 * A connection to what listens in the workspace, on a port of its loopback or on a unix socket. What the program says is passed on to
 * its end, also when it has stopped listening before: it may refuse a long request after the first bytes of it.
 */
final class SocketForward extends AbstractServerChannel {

    private final Wanted wanted;
    private volatile @Nullable SocketChannel socket;
    private volatile @Nullable OutputStream received;
    /** The one thread that sends data, the end of it and the close: in this order. */
    private volatile @Nullable Thread speaker;

    private SocketForward(Wanted wanted) {
        super("", List.of(), null);
        this.wanted = wanted;
    }

    /** Reads what a client asks for. */
    private interface Wanted {
        /** @return tried in this order */
        List<SocketAddress> addresses(Buffer request) throws SshChannelOpenException;
    }

    private record Factory(String name, Wanted wanted) implements ChannelFactory {
        @Override
        public String getName() {
            return name;
        }

        @Override
        public Channel createChannel(Session session) {
            return new SocketForward(wanted);
        }
    }

    /** {@code direct-tcpip}: to a port on loopback (RFC 4254, 7.2). */
    static ChannelFactory toPorts() {
        return new Factory("direct-tcpip", SocketForward::port);
    }

    /** {@code direct-streamlocal@openssh.com}: to a unix socket (OpenSSH's PROTOCOL, 2.4). @param folder from which relative paths are meant */
    static ChannelFactory toSockets(Path folder) {
        return new Factory(
                "direct-streamlocal@openssh.com",
                request -> List.of(UnixDomainSocketAddress.of(folder.resolve(request.getString()))));
    }

    private static List<SocketAddress> port(Buffer request) throws SshChannelOpenException {
        String host = request.getString();
        int port = request.getInt();
        if (!WorkspaceForwards.isLoopback(host)) {
            throw new SshChannelOpenException(
                    0, SshConstants.SSH_OPEN_ADMINISTRATIVELY_PROHIBITED, "Only to the workspace's own loopback.");
        }
        List<String> names = host.equalsIgnoreCase("localhost") ? List.of("127.0.0.1", "::1") : List.of(host);
        return names.stream()
                .<SocketAddress>map(name -> new InetSocketAddress(InetAddress.ofLiteral(name), port))
                .toList();
    }

    @Override
    protected OpenFuture doInit(Buffer buffer) {
        OpenFuture opened = new DefaultOpenFuture(this, this);
        try {
            List<SocketAddress> addresses = wanted.addresses(buffer);
            // A connection may take its time: not on the thread that reads for all channels.
            speaker = Thread.ofVirtual().name("forward").start(() -> open(addresses, opened));
        } catch (SshChannelOpenException | IllegalArgumentException e) {
            refuse(opened, e);
        }
        return opened;
    }

    private void open(List<SocketAddress> addresses, OpenFuture opened) {
        try {
            SocketChannel connected = connect(addresses);
            ChannelPipedInputStream in = new ChannelPipedInputStream(this, getLocalWindow());
            received = new ChannelPipedOutputStream(in);
            OutputStream out =
                    new ChannelOutputStream(this, getRemoteWindow(), log, SshConstants.SSH_MSG_CHANNEL_DATA, true);
            signalChannelOpenSuccess();
            opened.setOpened();
            Thread.ofVirtual().name("forward, in").start(() -> toSocket(in, connected));
            fromSocket(connected, out);
        } catch (IOException | UnsupportedOperationException e) {
            refuse(opened, e);
        }
    }

    private SocketChannel connect(List<SocketAddress> addresses) throws IOException {
        IOException why = new IOException("nowhere to connect to");
        for (SocketAddress address : addresses) {
            SocketChannel channel = unconnected(address);
            socket = channel;
            try {
                channel.connect(address);
                if (isClosing()) {
                    throw new IOException("nobody waits for it any more");
                }
                return channel;
            } catch (IOException e) {
                Quietly.close(channel);
                why = e;
            }
        }
        throw why;
    }

    private static SocketChannel unconnected(SocketAddress address) throws IOException {
        if (address instanceof UnixDomainSocketAddress) {
            return SocketChannel.open(StandardProtocolFamily.UNIX);
        }
        // Small pieces go at once: somebody may be typing.
        return SocketChannel.open().setOption(StandardSocketOptions.TCP_NODELAY, true);
    }

    private void refuse(OpenFuture opened, Exception e) {
        signalChannelOpenFailure(e);
        opened.setException(
                e instanceof SshChannelOpenException
                        ? e
                        : new SshChannelOpenException(
                                getChannelId(), SshConstants.SSH_OPEN_CONNECT_FAILED, "Nothing listens there.", e));
        close(true);
    }

    private static void toSocket(InputStream in, SocketChannel to) {
        try (in) {
            if (!listened(in, to)) {
                // What it has said is still passed on meanwhile, so nobody may be kept waiting here.
                in.transferTo(OutputStream.nullOutputStream());
            }
        } catch (IOException e) {
            // Nobody speaks any more.
        }
    }

    /** @return whether it took all that was said */
    private static boolean listened(InputStream in, SocketChannel to) {
        try {
            in.transferTo(Channels.newOutputStream(to));
            to.shutdownOutput();
            return true;
        } catch (IOException e) {
            return false;
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

    /** What comes while the channel closes is for nobody. An exception here would end the session, with all its other channels. */
    @Override
    protected void doWriteData(byte[] data, int off, long len) {
        OutputStream taken = received;
        if (taken == null) {
            return;
        }
        try {
            taken.write(data, off, (int) len);
        } catch (IOException e) {
            log.debug("{}: closed meanwhile", this);
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

    /** Waits for what the speaker is sending just now: for OpenSSH, data after a close is an error that ends the connection. */
    @Override
    public void handleClose() {
        if (socket != null) {
            Quietly.close(socket);
        }
        Quietly.close(getRemoteWindow());
        Thread.ofVirtual().name("forward, close").start(this::closed);
    }

    private void closed() {
        try {
            if (speaker != null) {
                speaker.join();
            }
            super.handleClose();
        } catch (IOException | InterruptedException e) {
            close(true);
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
