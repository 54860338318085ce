package dev.claudevm.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.fake.BridgeSession;
import dev.claudevm.fake.Core;
import dev.claudevm.fake.FakeProvider;
import dev.claudevm.protocol.Bridge;
import dev.claudevm.testkit.Passage;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way home by a workspace's unix socket. */
class DoorsTest {

    private static final String WORKSPACE = "bold-fire-1234";

    @TempDir
    Path home;

    private Core core;
    private Gateway gateway;

    @BeforeEach
    void start() {
        core = Core.start(home, new FakeProvider());
        gateway = core.get(Gateway.class);
    }

    @AfterEach
    void stop() {
        core.close();
    }

    @Test
    void aUnixSocketIsAWayHomeAlsoAfterARestart() throws Exception {
        Path door = gateway.door(WORKSPACE);
        KeyPair key = BridgeSession.newKey();
        String token = gateway.expect(WORKSPACE, 1);
        try (Passage way = Passage.toSocket(door.resolve("home.sock"));
                BridgeSession session = BridgeSession.withToken("127.0.0.1:" + way.port(), WORKSPACE, token)) {
            session.exec("enroll", new Bridge.Enroll(WORKSPACE, 1, BridgeSession.text(key)));
        }
        core.close();
        core = Core.start(home, new FakeProvider());
        gateway = core.get(Gateway.class);
        try (Passage way = Passage.toSocket(door.resolve("home.sock"));
                BridgeSession session = BridgeSession.withKey("127.0.0.1:" + way.port(), WORKSPACE, key)) {
            assertThat(session.isOpen()).isTrue();
        }
        gateway.forget(WORKSPACE);
        assertThat(door).doesNotExist();
    }

    @Test
    void aSocketsPathMayBeLongerThanTheKernelTakes() throws Exception {
        core.close();
        home = Files.createDirectories(home.resolve("a".repeat(60)).resolve("b".repeat(60)));
        core = Core.start(home, new FakeProvider());
        gateway = core.get(Gateway.class);
        Path socket = gateway.door(WORKSPACE).resolve("home.sock");
        assertThat(socket).exists();
        // As it is seen where it is bound, which is a short path.
        Path link = Files.createTempDirectory("cvm");
        Path bound = Files.createSymbolicLink(link.resolve("d"), socket.getParent());
        String token = gateway.expect(WORKSPACE, 1);
        try (Passage way = Passage.toSocket(bound.resolve("home.sock"));
                BridgeSession session = BridgeSession.withToken("127.0.0.1:" + way.port(), WORKSPACE, token)) {
            assertThat(session.isOpen()).isTrue();
        } finally {
            Files.delete(bound);
            Files.delete(link);
        }
    }

    /** One workspace must not be able to take the connections of all others. */
    @Test
    void aDoorLetsInAFewConnectionsAtOnce() throws Exception {
        Path socket = gateway.door(WORKSPACE).resolve("home.sock");
        List<SocketChannel> all = new ArrayList<>();
        try {
            for (int i = 0; i < Doors.MAX_CONNECTIONS + 1; i++) {
                all.add(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
            }
            assertThat(greeting(all.getFirst())).startsWith("SSH-2.0");
            assertThat(greeting(all.getLast())).isEmpty();
            all.removeFirst().close();
            await("the place is free").until(() -> {
                try (SocketChannel next = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                    return greeting(next).startsWith("SSH-2.0");
                }
            });
        } finally {
            for (SocketChannel one : all) {
                one.close();
            }
        }
    }

    private static String greeting(SocketChannel socket) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(100);
        int n = socket.read(buffer);
        return n < 0 ? "" : new String(buffer.array(), 0, n, StandardCharsets.US_ASCII);
    }
}
