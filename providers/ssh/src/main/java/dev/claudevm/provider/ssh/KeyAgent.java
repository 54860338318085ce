package dev.claudevm.provider.ssh;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import org.apache.sshd.agent.SshAgent;
import org.apache.sshd.agent.SshAgentFactory;
import org.apache.sshd.agent.SshAgentServer;
import org.apache.sshd.agent.common.AbstractAgentProxy;
import org.apache.sshd.common.FactoryManager;
import org.apache.sshd.common.channel.ChannelFactory;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/** Asks an SSH agent at its unix socket. (The library's own way to one needs a native library.) */
final class KeyAgent extends AbstractAgentProxy {

    private static final int MAX_ANSWER_BYTES = 256 * 1024;

    private final SocketChannel socket;

    private KeyAgent(SocketChannel socket) {
        super(null);
        this.socket = socket;
    }

    /** For the client; an agent is never forwarded to the machine. */
    record Factory(Path socket) implements SshAgentFactory {
        @Override
        public List<ChannelFactory> getChannelForwardingFactories(FactoryManager manager) {
            return List.of();
        }

        @Override
        public SshAgent createClient(Session session, FactoryManager manager) throws IOException {
            return new KeyAgent(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
        }

        @Override
        public SshAgentServer createServer(ConnectionService service) {
            throw new UnsupportedOperationException("The agent stays here.");
        }
    }

    @Override
    protected Buffer request(Buffer buffer) throws IOException {
        OutputStream out = Channels.newOutputStream(socket);
        out.write(buffer.array(), buffer.rpos(), buffer.available());
        out.flush();
        var in = new DataInputStream(Channels.newInputStream(socket));
        int length = in.readInt();
        if (length < 1 || length > MAX_ANSWER_BYTES) {
            throw new IOException("the SSH agent answers strangely");
        }
        byte[] answer = new byte[length];
        in.readFully(answer);
        return new ByteArrayBuffer(answer);
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    public void close() throws IOException {
        socket.close();
        super.close();
    }
}
