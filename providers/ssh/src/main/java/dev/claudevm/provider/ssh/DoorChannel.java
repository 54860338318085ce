package dev.claudevm.provider.ssh;

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
import java.util.List;
import java.util.function.Function;
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
 * {@code forwarded-streamlocal@openssh.com}: somebody on the machine connected to a socket that we asked its SSH server for (OpenSSH's PROTOCOL, 2.4). Leads to
 * the door of the workspace that the socket belongs to, and nowhere else.
 */
final class DoorChannel extends AbstractServerChannel {

    private static final int MAX_SOCKET_BYTES = 107;

    private final Function<String, @Nullable Path> doors;
    private @Nullable SocketChannel socket;
    private @Nullable OutputStream received;
    /** The one thread that sends data, the end of it and the close: in this order. */
    private @Nullable Thread speaker;

    private DoorChannel(Function<String, @Nullable Path> doors) {
        super("", List.of(), null);
        this.doors = doors;
    }

    /** @param doors by the socket's path on the machine: the socket here that it leads to */
    record Factory(Function<String, @Nullable Path> doors) implements ChannelFactory {
        @Override
        public String getName() {
            return "forwarded-streamlocal@openssh.com";
        }

        @Override
        public Channel createChannel(Session session) {
            return new DoorChannel(doors);
        }
    }

    @Override
    protected OpenFuture doInit(Buffer buffer) {
        Path door = doors.apply(buffer.getString());
        OpenFuture opened = new DefaultOpenFuture(this, this);
        try {
            if (door == null) {
                throw new IOException("nobody asked for that socket");
            }
            SocketChannel connected = connect(door);
            socket = connected;
            ChannelPipedInputStream in = new ChannelPipedInputStream(this, getLocalWindow());
            received = new ChannelPipedOutputStream(in);
            OutputStream out =
                    new ChannelOutputStream(this, getRemoteWindow(), log, SshConstants.SSH_MSG_CHANNEL_DATA, true);
            signalChannelOpenSuccess();
            opened.setOpened();
            Thread.ofVirtual().name("door input").start(() -> toDoor(in, connected));
            speaker = Thread.ofVirtual().name("door output").start(() -> fromDoor(connected, out));
        } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
            signalChannelOpenFailure(e);
            opened.setException(new SshChannelOpenException(
                    getChannelId(), SshConstants.SSH_OPEN_CONNECT_FAILED, "The door is closed.", e));
            close(true);
        }
        return opened;
    }

    /** A long path is reached by a shorter one that leads to the same place. */
    private static SocketChannel connect(Path door) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            if (door.toString().getBytes(StandardCharsets.UTF_8).length <= MAX_SOCKET_BYTES) {
                channel.connect(UnixDomainSocketAddress.of(door));
                return channel;
            }
            Path shorter = Files.createTempDirectory("cvm");
            Path link = shorter.resolve("d");
            try {
                Files.createSymbolicLink(link, door.getParent());
                channel.connect(UnixDomainSocketAddress.of(link.resolve(door.getFileName())));
                return channel;
            } finally {
                Files.deleteIfExists(link);
                Files.delete(shorter);
            }
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static void toDoor(InputStream in, SocketChannel to) {
        try (in) {
            if (!listened(in, to)) {
                // What the door has said is still passed on meanwhile, so nobody may be kept waiting here.
                in.transferTo(OutputStream.nullOutputStream());
            }
        } catch (IOException e) {
            // Nobody speaks any more.
        }
    }

    /** @return whether the door took all that was said */
    private static boolean listened(InputStream in, SocketChannel to) {
        try {
            in.transferTo(Channels.newOutputStream(to));
            to.shutdownOutput();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void fromDoor(SocketChannel from, OutputStream out) {
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

    /** What comes while the channel closes is for nobody. An exception here would end the connection, with all its other channels. */
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
        quietly(socket);
        quietly(getRemoteWindow());
        Thread.ofVirtual().name("door close").start(this::closed);
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
        quietly(received);
        quietly(socket);
        super.preClose();
    }

    private static void quietly(@Nullable AutoCloseable closed) {
        try {
            if (closed != null) {
                closed.close();
            }
        } catch (Exception e) {
            // It is gone either way.
        }
    }
}
