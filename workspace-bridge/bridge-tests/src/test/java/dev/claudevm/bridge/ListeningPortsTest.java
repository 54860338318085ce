package dev.claudevm.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.protocol.Bridge.ListeningPort;
import dev.claudevm.testkit.CleanProcess;
import dev.claudevm.testkit.PreviewedProgram;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against this machine's own {@code /proc}, with real processes. */
class ListeningPortsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path home;

    @TempDir
    Path otherHome;

    private static CleanProcess listening(Path home, String address) throws IOException {
        PreviewedProgram.in(home, address, 0);
        return CleanProcess.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        home.resolve("Previewed.java").toString(),
                        address,
                        "0")
                .home(home)
                .start();
    }

    private static int port(CleanProcess process) {
        return Integer.parseInt(process.awaitLine("listening on", PATIENCE).replaceFirst(".* ", ""));
    }

    @Test
    void onlyWhatThisWorkspaceListensOnAndIsReachable() throws Exception {
        ListeningPorts ports = new ListeningPorts(
                Path.of("/proc"), home, ProcessHandle.current().pid());
        assertThat(ports.list()).isEmpty();
        try (CleanProcess ours = listening(home, "127.0.0.1");
                CleanProcess others = listening(otherHome, "127.0.0.1")) {
            int port = port(ours);
            port(others);
            assertThat(ports.list()).extracting(ListeningPort::port).containsExactly(port);
            assertThat(ports.list().getFirst().program()).isEqualTo("java");
            assertThat(ports.list().getFirst().command()).contains("Previewed.java 127.0.0.1 0");
        }
        assertThat(ports.list()).isEmpty();
    }

    @Test
    void bothProtocolsAndAnyAddressCount() throws Exception {
        ListeningPorts ports = new ListeningPorts(
                Path.of("/proc"), home, ProcessHandle.current().pid());
        try (CleanProcess any = listening(home, "::")) {
            int port = port(any);
            assertThat(ports.list()).extracting(ListeningPort::port).containsExactly(port);
        }
    }

    @Test
    void theBridgeItselfDoesNotCount() throws Exception {
        String own = System.getenv("HOME");
        ListeningPorts ports = new ListeningPorts(
                Path.of("/proc"), Path.of(own), ProcessHandle.current().pid());
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(ports.list()).extracting(ListeningPort::port).doesNotContain(server.getLocalPort());
        }
    }
}
