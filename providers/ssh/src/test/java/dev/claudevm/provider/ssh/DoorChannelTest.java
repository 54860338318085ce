package dev.claudevm.provider.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Sockets on a machine behind a real sshd that lead to doors here. */
class DoorChannelTest {

    @RegisterExtension
    static final MachineBench bench = new MachineBench();

    @TempDir
    private Path temp;

    /** The connection is that of all workspaces on the machine. */
    @Test
    @Timeout(60)
    void aDoorThatClosesInMidWordEndsNoConnection() throws Exception {
        Path there = bench.machine().home().resolve("word.sock");
        Path door = temp.resolve("door");
        Duration patience = Duration.ofSeconds(20);
        var target = new SshOptions.Host(
                bench.machine().user(), "127.0.0.1", bench.machine().port(), bench.fingerprint(), "hostKey");
        var options = new SshOptions(
                target,
                null,
                Files.readString(bench.machine().key()),
                null,
                SshOptions.FOLDER,
                SshOptions.IsolationChoice.AUTO,
                patience,
                patience,
                patience,
                patience,
                false);
        Connection connection = Connection.open(options);
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(door));
            connection.forward(there.toString(), door);
            for (int i = 0; i < 100; i++) {
                try (SocketChannel workspace = SocketChannel.open(UnixDomainSocketAddress.of(there))) {
                    Thread speaker = Thread.ofVirtual().start(() -> speak(workspace));
                    listener.accept().close();
                    speaker.join();
                }
            }
            assertThat(connection.leads(there.toString())).isTrue();
        } finally {
            connection.close();
            Files.deleteIfExists(there);
        }
    }

    private static void speak(SocketChannel workspace) {
        try {
            ByteBuffer piece = ByteBuffer.allocate(32 * 1024);
            while (true) {
                workspace.write(piece.clear());
            }
        } catch (IOException e) {
            // Nobody listens any more.
        }
    }
}
