package dev.claudevm.provider.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Sockets on a machine behind a real sshd that lead to doors here. */
@Timeout(60)
class DoorChannelTest {

    @RegisterExtension
    static final MachineBench bench = new MachineBench();

    @TempDir
    private Path temp;

    private Path there;
    private Connection connection;
    private ServerSocketChannel listener;

    @BeforeEach
    void open() throws Exception {
        there = bench.machine().home().resolve("word.sock");
        Path door = temp.resolve("door");
        Duration patience = Duration.ofSeconds(20);
        var target = new SshOptions.Host(
                bench.machine().user(), "127.0.0.1", bench.machine().port(), bench.fingerprint(), "hostKey");
        connection = Connection.open(new SshOptions(
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
                false));
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(door));
        connection.forward(there.toString(), door);
    }

    @AfterEach
    void close() throws Exception {
        listener.close();
        connection.close();
        Files.deleteIfExists(there);
    }

    /** The connection is that of all workspaces on the machine. */
    @Test
    void aDoorThatClosesInMidWordEndsNoConnection() throws Exception {
        for (int i = 0; i < 200; i++) {
            try (SocketChannel workspace = connected()) {
                Thread speaker = Thread.ofVirtual().start(() -> speak(workspace));
                listener.accept().close();
                speaker.join();
            }
        }
        assertThat(connection.leads(there.toString())).isTrue();
    }

    @Test
    void aWorkspaceThatClosesInMidWordEndsNoConnection() throws Exception {
        for (int i = 0; i < 200; i++) {
            SocketChannel workspace = connected();
            try (SocketChannel door = listener.accept()) {
                Thread speaker = Thread.ofVirtual().start(() -> speak(door));
                workspace.read(ByteBuffer.allocate(1));
                workspace.close();
                speaker.join();
            }
        }
        assertThat(connection.leads(there.toString())).isTrue();
    }

    /** As one that refuses a long request after the first bytes of it. */
    @Test
    void whatADoorSaysBeforeItStopsListeningIsHeard() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (SocketChannel workspace = connected();
                    SocketChannel door = listener.accept()) {
                Thread speaker = Thread.ofVirtual().start(() -> speak(workspace));
                door.shutdownInput();
                door.write(ByteBuffer.wrap("too much!".getBytes(StandardCharsets.UTF_8)));
                door.close();
                assertThat(Channels.newInputStream(workspace).readNBytes(9))
                        .asString()
                        .isEqualTo("too much!");
                speaker.join();
            }
        }
    }

    private SocketChannel connected() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(there));
    }

    private static void speak(SocketChannel to) {
        try {
            ByteBuffer piece = ByteBuffer.allocate(32 * 1024);
            while (true) {
                to.write(piece.clear());
            }
        } catch (IOException e) {
            // Nobody listens any more.
        }
    }
}
