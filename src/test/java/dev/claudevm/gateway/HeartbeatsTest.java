package dev.claudevm.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.claudevm.fake.BridgeSession;
import dev.claudevm.testkit.CuttingProxy;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.keyprovider.SimpleGeneratorHostKeyProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real connection, looked at when the test says so. */
class HeartbeatsTest {

    private static final Duration SHORT = Duration.ofMillis(1);

    /** What {@link #SHORT} allows: four an interval, for interval and timeout. */
    private static final int QUIET_LOOKS = 8;

    @TempDir
    Path folder;

    @Test
    void whoWasStoppedItselfBlamesNobody() throws Exception {
        Heartbeats heartbeats = new Heartbeats(SHORT, SHORT);
        try (SshServer server = server(heartbeats);
                CuttingProxy way = CuttingProxy.before("127.0.0.1", server.getPort());
                BridgeSession session = BridgeSession.withToken("127.0.0.1:" + way.port(), "bold-fire-1234", "any")) {
            await("it is known").until(() -> !server.getActiveSessions().isEmpty());
            way.mode(CuttingProxy.Mode.BLACKHOLE);
            long stopped = System.nanoTime();
            await("nobody has looked for long").until(() -> System.nanoTime() - stopped > 50 * SHORT.toNanos());

            heartbeats.look(false);
            for (int i = 0; i < QUIET_LOOKS; i++) {
                heartbeats.look(false);
            }
            assertThat(server.getActiveSessions()).hasSize(1);

            await("it was silent while somebody looked").until(() -> {
                heartbeats.look(false);
                return server.getActiveSessions().isEmpty();
            });
            assertThat(session).isNotNull();
        }
    }

    @Test
    void noTimeAtAllBetweenThemIsRefused() {
        assertThatThrownBy(() -> new Heartbeats(Duration.ZERO, SHORT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("claude-vm.gateway.heartbeat");
    }

    private SshServer server(Heartbeats heartbeats) throws Exception {
        SshServer server = SshServer.setUpDefaultServer();
        server.setHost("127.0.0.1");
        server.setKeyPairProvider(new SimpleGeneratorHostKeyProvider(folder.resolve("key")));
        server.setPasswordAuthenticator((_, _, _) -> true);
        heartbeats.watch(server);
        server.start();
        return server;
    }
}
