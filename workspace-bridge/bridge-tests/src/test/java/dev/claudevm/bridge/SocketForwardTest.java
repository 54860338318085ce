package dev.claudevm.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.claudevm.testkit.CleanProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Map;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelDirectTcpip;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Connections to what listens in the workspace, asked for by an SSH client. */
@Timeout(60)
class SocketForwardTest {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @TempDir
    private Path folder;

    private BridgeSsh ssh;
    private int sshPort;
    private SshClient client;
    private ClientSession session;

    @BeforeEach
    void connect() throws Exception {
        ssh = new BridgeSsh(BridgeConfig.from(Map.of(
                "CLAUDE_VM_WORKSPACE", "w",
                "CLAUDE_VM_GENERATION", "1",
                "CLAUDE_VM_GATEWAY", "127.0.0.1:1",
                "CLAUDE_VM_GATEWAY_KEY", "none",
                "CLAUDE_VM_PROJECT", folder.toString(),
                "CLAUDE_VM_BRIDGE_HOME", folder.toString(),
                "HOME", folder.toString())));
        KeyPair key = Keys.loadOrMake(folder.resolve("person"));
        ssh.clientKey(Keys.text(key.getPublic()));
        sshPort = ssh.start();
        client = Home.client(Keys.parse(ssh.hostKey()));
        session = client.connect("x", "127.0.0.1", sshPort).verify(PATIENCE).getSession();
        session.addPublicKeyIdentity(key);
        session.auth().verify(PATIENCE);
    }

    @AfterEach
    void end() throws IOException {
        session.close(true);
        client.stop();
        ssh.close();
    }

    /** Its system resets a connection of which bytes were not read: writing fails before all that it said was heard. */
    @Test
    void whatAProgramSaysBeforeItHangsUpIsHeard() throws Exception {
        byte[] much = new byte[300_000];
        String answer = "too much! ".repeat(500);
        for (int i = 0; i < 20; i++) {
            try (ServerSocket program = listening("127.0.0.1");
                    ChannelDirectTcpip channel = open("127.0.0.1", program.getLocalPort())) {
                Thread.ofVirtual().start(() -> refuse(program, answer));
                Thread speaker = Thread.ofVirtual().start(() -> say(channel, much));
                assertThat(new String(channel.getInvertedOut().readAllBytes(), StandardCharsets.UTF_8))
                        .isEqualTo(answer);
                channel.close(true);
                speaker.join();
            }
        }
        assertThat(session.isOpen()).isTrue();
    }

    /** For OpenSSH, data for a channel that it and we have closed is an error that ends the connection. */
    @Test
    void whoHangsUpInMidWordKeepsTheConnection() throws Exception {
        Path way = folder.resolve("way");
        try (ServerSocket program = listening("127.0.0.1");
                CleanProcess openSsh = forwarding(way, program.getLocalPort())) {
            Awaitility.await()
                    .untilAsserted(() -> assertThat(way).as(openSsh::log).exists());
            for (int i = 0; i < 300; i++) {
                SocketChannel person = SocketChannel.open(UnixDomainSocketAddress.of(way));
                try (Socket accepted = program.accept()) {
                    Thread speaker = Thread.ofVirtual().start(() -> speak(accepted));
                    person.read(ByteBuffer.allocate(1));
                    person.close();
                    speaker.join();
                }
            }
            assertThat(openSsh.alive()).as(openSsh::log).isTrue();
        }
    }

    private CleanProcess forwarding(Path way, int port) {
        return CleanProcess.of(
                        "ssh",
                        "-N",
                        "-F",
                        "none",
                        "-i",
                        folder.resolve("person").toString(),
                        "-o",
                        "StrictHostKeyChecking=no",
                        "-o",
                        "UserKnownHostsFile=/dev/null",
                        "-p",
                        Integer.toString(sshPort),
                        "-L",
                        way + ":127.0.0.1:" + port,
                        "x@127.0.0.1")
                .home(folder)
                .start();
    }

    private static void speak(Socket to) {
        try {
            while (true) {
                to.getOutputStream().write(new byte[32 * 1024]);
            }
        } catch (IOException e) {
            // Nobody listens any more.
        }
    }

    @Test
    void localhostIsBothOfItsAddresses() throws Exception {
        try (ServerSocket program = listening("::1");
                ChannelDirectTcpip channel = open("localhost", program.getLocalPort())) {
            Thread.ofVirtual().start(() -> refuse(program, "here"));
            channel.getInvertedIn().write(1);
            channel.getInvertedIn().flush();
            assertThat(new String(channel.getInvertedOut().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("here");
        }
    }

    @Test
    void onlyLoopbackIsReachedAndOnlyWhereSomethingListens() {
        assertThat(refusal("192.0.2.1", 80)).isEqualTo(SshConstants.SSH_OPEN_ADMINISTRATIVELY_PROHIBITED);
        assertThat(refusal("127.0.0.1", 1)).isEqualTo(SshConstants.SSH_OPEN_CONNECT_FAILED);
        assertThat(refusal("127.0.0.1", 70_000)).isEqualTo(SshConstants.SSH_OPEN_CONNECT_FAILED);
        assertThat(refusal("127.0.0.999", 80)).isEqualTo(SshConstants.SSH_OPEN_CONNECT_FAILED);
        assertThat(session.isOpen()).isTrue();
    }

    private int refusal(String host, int port) {
        SshException refused = catchThrowableOfType(SshException.class, () -> open(host, port));
        return ((SshChannelOpenException) refused.getCause()).getReasonCode();
    }

    private ChannelDirectTcpip open(String host, int port) throws IOException {
        ChannelDirectTcpip channel = session.createDirectTcpipChannel(
                new SshdSocketAddress("127.0.0.1", 0), new SshdSocketAddress(host, port));
        channel.open().verify(PATIENCE);
        return channel;
    }

    private static ServerSocket listening(String host) throws IOException {
        return new ServerSocket(0, 1, InetAddress.getByName(host));
    }

    private static void refuse(ServerSocket program, String answer) {
        try (Socket socket = program.accept()) {
            socket.getInputStream().read();
            socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // The test's assertion sees what is missing.
        }
    }

    private static void say(ChannelDirectTcpip channel, byte[] much) {
        try {
            channel.getInvertedIn().write(much);
            channel.getInvertedIn().flush();
        } catch (IOException e) {
            // It was told to be silent.
        }
    }
}
