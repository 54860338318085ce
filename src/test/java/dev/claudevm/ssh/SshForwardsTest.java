package dev.claudevm.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.claudevm.ssh.OpenSsh.Run;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tunnels by the real {@code ssh}: where they lead, and where they do not. */
class SshForwardsTest {

    @TempDir
    static Path base;

    private static @Nullable SshWorkspace running;
    private static @Nullable HttpServer answers;

    @BeforeAll
    static void workspace() throws Exception {
        running = SshWorkspace.start(base, Map.of());
        HttpServer there = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        there.createContext("/", exchange -> {
            byte[] answer = "reached".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        there.start();
        answers = there;
    }

    @AfterAll
    static void nothingStays() throws Exception {
        if (answers != null) {
            answers.stop(0);
        }
        if (running != null) {
            running.close();
        }
    }

    private static OpenSsh client() {
        return Objects.requireNonNull(running).client;
    }

    private static int there() {
        return Objects.requireNonNull(answers).getAddress().getPort();
    }

    @Test
    void aLocalPortLeadsToTheWorkspacesLoopback() throws Exception {
        int here = freePort();
        try (Tunnel _ = new Tunnel("-L", "127.0.0.1:" + here + ":localhost:" + there())) {
            assertThat(fetch("http://127.0.0.1:" + here + "/")).isEqualTo("reached");
        }
    }

    @Test
    void aSocksProxyLeadsThereToo() throws Exception {
        int here = freePort();
        try (Tunnel _ = new Tunnel("-D", "127.0.0.1:" + here)) {
            assertThat(fetch("http://localhost:" + there() + "/", "--proxy", "socks5h://127.0.0.1:" + here))
                    .isEqualTo("reached");
        }
    }

    @Test
    void aPortOfTheWorkspaceLeadsBackHere() throws Exception {
        int port = freePort();
        try (Tunnel _ = new Tunnel("-R", "127.0.0.1:" + port + ":127.0.0.1:" + there())) {
            await("the way back is open")
                    .atMost(1, TimeUnit.MINUTES)
                    .untilAsserted(() -> assertThat(client().exec("curl -s http://127.0.0.1:" + port + "/")
                                    .out())
                            .isEqualTo("reached"));
        }
    }

    @Test
    void whereNothingListensIsSaid() throws Exception {
        Run nothing = client().ssh(null, "-W", "localhost:" + freePort(), "ws");
        assertThat(nothing.exit()).isEqualTo(255);
        assertThat(nothing.err()).contains("connect failed");
        assertThat(client().exec("true").exit()).as("the server lives on").isZero();
    }

    @Test
    void theServerIsAJumpHostAndStandsBehindOne() throws Exception {
        // The workspace is the jump host; what is reached from there is the server once more, by a connection of its
        // own.
        Run run = client().ssh(null, "-J", "ws", "ws", "cat README; exit 3");
        assertThat(run.out()).isEqualTo("a project");
        assertThat(run.exit()).isEqualTo(3);
    }

    @Test
    void noTunnelLeadsAroundTheCage() throws Exception {
        for (String address :
                List.of("192.0.2.1", "0.0.0.0", "169.254.169.254", "localhost.example.org", "127.0.0.1.example.org")) {
            assertThat(client().ssh(null, "-W", address + ":" + there(), "ws").err())
                    .as(address)
                    .contains("administratively prohibited");
        }
        Run remote = client().ssh(
                        null, "-o", "ExitOnForwardFailure=yes", "-R", "0.0.0.0:0:127.0.0.1:" + there(), "ws", "true");
        assertThat(remote.exit()).isEqualTo(255);
        assertThat(remote.err()).contains("remote port forwarding failed");
        assertThat(client().exec("true").exit()).isZero();
    }

    private static String fetch(String url, String... options) {
        List<String> line = new ArrayList<>(List.of("curl", "-s", "-m", "10", url));
        line.addAll(List.of(options));
        return await("an answer")
                .atMost(1, TimeUnit.MINUTES)
                .until(() -> client().run(null, line.toArray(String[]::new)).out(), said -> !said.isEmpty());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** An {@code ssh} that only forwards. */
    private static final class Tunnel implements AutoCloseable {

        private final Process process;

        Tunnel(String option, String what) throws IOException {
            Path said = Files.createTempFile(base, "tunnel", ".log");
            process = client().start(said, said, "ssh", "-N", "-o", "ExitOnForwardFailure=yes", option, what, "ws");
        }

        @Override
        public void close() throws InterruptedException {
            process.destroy();
            process.waitFor();
        }
    }
}
