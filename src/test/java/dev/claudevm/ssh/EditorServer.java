package dev.claudevm.ssh;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What an editor installs and leaves running on a server, cut to what matters to SSH: it says in its log where it listens,
 * speaks to many at once, and keeps state between them. Runs inside the workspace, from an archive; so it is one class,
 * without lambdas' siblings or libraries.
 *
 * <p>Protocol: the client says the token (UTF), the server its process id and how many came before (two ints); then each
 * block (length, bytes) comes back as it went.
 */
final class EditorServer implements Runnable {

    private static final AtomicInteger CLIENTS = new AtomicInteger();

    private final SocketChannel socket;
    private final String token;

    private EditorServer(SocketChannel socket, String token) {
        this.socket = socket;
        this.token = token;
    }

    /** @param args the token, and the path of a unix socket or {@code 0} for any port of the loopback */
    public static void main(String[] args) throws IOException {
        boolean port = args[1].equals("0");
        ServerSocketChannel server =
                port ? ServerSocketChannel.open() : ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(
                port
                        ? new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)
                        : UnixDomainSocketAddress.of(Path.of(args[1])));
        System.out.println("Extension host agent listening on "
                + (server.getLocalAddress() instanceof InetSocketAddress at ? at.getPort() : args[1]));
        while (true) {
            Thread.ofPlatform().start(new EditorServer(server.accept(), args[0]));
        }
    }

    @Override
    public void run() {
        try (SocketChannel closing = socket;
                DataInputStream in = new DataInputStream(Channels.newInputStream(closing));
                DataOutputStream out = new DataOutputStream(Channels.newOutputStream(closing))) {
            if (!in.readUTF().equals(token)) {
                return;
            }
            out.writeInt((int) ProcessHandle.current().pid());
            out.writeInt(CLIENTS.getAndIncrement());
            while (true) {
                byte[] block = new byte[in.readInt()];
                in.readFully(block);
                out.writeInt(block.length);
                out.write(block);
                out.flush();
            }
        } catch (EOFException goodbye) {
            // A client has gone.
        } catch (IOException e) {
            System.out.println("A client was lost: " + e);
        }
    }
}
