package dev.claudevm.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.testkit.CuttingProxy;
import dev.claudevm.testkit.Passage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ChannelShell;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.sftp.client.SftpClientFactory;
import org.junit.jupiter.api.Test;

/** Coming home: who talks to whom, and who is let in. */
class HomeTest {

    @Test
    void theTokenIsTradedForAKeyOnceAndThenDeleted() throws Exception {
        try (var given = new BridgeUnderTest().start()) {
            assertThat(given.state.resolve("token")).doesNotExist();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(given.state.resolve("key"))))
                    .isEqualTo("rw-------");
            given.kill9();
            given.start();
            assertThat(given.gateway.passwordsTried).containsExactly("one-time");
        }
    }

    @Test
    void nothingIsSaidToAGatewayWithAnotherHostKey() throws Exception {
        try (var given = new BridgeUnderTest();
                var other = new TestGateway(given.folder.resolve("other"))) {
            other.oneTimeToken = "one-time";
            var bridge = given.launch(Map.of("CLAUDE_VM_GATEWAY", "127.0.0.1:" + other.port()));
            bridge.awaitLine("host key is not the one", BridgeUnderTest.PATIENCE);
            assertThat(other.passwordsTried).isEmpty();
            assertThat(given.state.resolve("token")).exists();
            assertThat(bridge.alive()).isTrue();
            assertThat(bridge.log()).doesNotContain("one-time\n");
        }
    }

    @Test
    void aUsedTokenEndsTheBridgeForGood() throws Exception {
        try (var given = new BridgeUnderTest()) {
            given.gateway.oneTimeToken = null;
            var bridge = given.launch(Map.of());
            assertThat(bridge.awaitExit(BridgeUnderTest.PATIENCE)).isEqualTo(BridgeMain.EXIT_REFUSED);
            assertThat(bridge.log()).contains("used already").doesNotContain("Password: one-time");
        }
    }

    @Test
    void aBridgeOfAnOldGenerationIsRefusedAndEnds() throws Exception {
        try (var given = new BridgeUnderTest().start()) {
            given.gateway.generation = 2;
            given.kill9();
            var bridge = given.launch(Map.of());
            assertThat(bridge.awaitExit(BridgeUnderTest.PATIENCE)).isEqualTo(BridgeMain.EXIT_REFUSED);
            assertThat(bridge.log()).contains("started anew");
        }
    }

    @Test
    void aLostConnectionComesBack() throws Exception {
        try (var given = new BridgeUnderTest();
                var proxy = CuttingProxy.before("127.0.0.1", given.gateway.port())) {
            given.environment.put("CLAUDE_VM_GATEWAY", "127.0.0.1:" + proxy.port());
            given.start().withConversation();
            given.say("say before");
            given.eventsUntilTurns(1);
            proxy.cutAll();
            given.arrive();
            given.say("say after");
            given.eventsUntilTurns(2);
            // Bytes are swallowed: only the missing heartbeats show it.
            proxy.mode(CuttingProxy.Mode.BLACKHOLE);
            await("the bridge gives the silent connection up")
                    .atMost(BridgeUnderTest.PATIENCE)
                    .until(() -> proxy.accepted() >= 4);
            proxy.cutAll();
            proxy.mode(CuttingProxy.Mode.PASS);
            given.arrive();
            given.eventsUntilTurns(2);
        }
    }

    @Test
    void theGatewayMayBeAUnixSocketWhichIsAnotherOneAfterARestart() throws Exception {
        try (var given = new BridgeUnderTest()) {
            Path socket = given.folder.resolve("home.sock");
            var door = Passage.toPort(socket, given.gateway.port());
            given.environment.put("CLAUDE_VM_GATEWAY", socket.toString());
            given.start().withConversation();
            given.say("say before");
            given.eventsUntilTurns(1);
            door.close();
            given.bridge().awaitLine("No connection to the gateway " + socket, BridgeUnderTest.PATIENCE);
            try (var _ = Passage.toPort(socket, given.gateway.port())) {
                given.arrive();
                given.say("say after");
                given.eventsUntilTurns(2);
            }
        }
    }

    @Test
    void twoBridgesDoNotWorkInOneFolder() throws Exception {
        try (var given = new BridgeUnderTest().start();
                var first = given.bridge()) {
            var second = given.launch(Map.of());
            assertThat(second.awaitExit(BridgeUnderTest.PATIENCE)).isEqualTo(BridgeMain.EXIT_TAKEN);
            assertThat(first.alive()).isTrue();
        }
    }

    @Test
    void aMissingVariableIsNamed() throws Exception {
        try (var given = new BridgeUnderTest()) {
            given.environment.remove("CLAUDE_VM_PROJECT");
            var bridge = given.launch(Map.of());
            assertThat(bridge.awaitExit(BridgeUnderTest.PATIENCE)).isEqualTo(BridgeMain.EXIT_USAGE);
            assertThat(bridge.log()).contains("CLAUDE_VM_PROJECT");
        }
    }

    @Test
    void theWorkspacesSshServerLetsInOneKeyAndOffersShellExecAndSftp() throws Exception {
        try (var given = new BridgeUnderTest().start()) {
            var hello = given.hello();
            SshClient client = Home.client(Keys.parse(hello.sshHostKey()));
            Duration patience = Duration.ofSeconds(20);
            try (ClientSession stranger = client.connect("x", "127.0.0.1", hello.sshPort())
                    .verify(patience)
                    .getSession()) {
                stranger.addPublicKeyIdentity(Keys.loadOrMake(given.folder.resolve("stranger")));
                assertThat(stranger.auth().await(patience)).isTrue();
                assertThat(stranger.isAuthenticated()).isFalse();
            }
            try (ClientSession session = client.connect("x", "127.0.0.1", hello.sshPort())
                    .verify(patience)
                    .getSession()) {
                session.addPublicKeyIdentity(given.gateway.clientKey);
                session.auth().verify(patience);
                var out = new ByteArrayOutputStream();
                try (ChannelExec exec = session.createExecChannel("echo a && pwd; exit 7")) {
                    exec.setOut(out);
                    exec.open().verify(patience);
                    exec.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), patience);
                    assertThat(exec.getExitStatus()).isEqualTo(7);
                    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("a\n" + given.project + "\n");
                }
                try (var sftp = SftpClientFactory.instance().createSftpClient(session);
                        var file = sftp.write(given.project.resolve("f").toString())) {
                    file.write("content".getBytes(StandardCharsets.UTF_8));
                }
                assertThat(given.project.resolve("f")).hasContent("content");
                var screen = new ByteArrayOutputStream();
                try (ChannelShell shell = session.createShellChannel()) {
                    shell.setPtyColumns(97);
                    shell.setPtyLines(31);
                    shell.setOut(screen);
                    shell.open().verify(patience);
                    var keys = shell.getInvertedIn();
                    keys.write("stty size; trap 'echo resized; stty size' WINCH\n".getBytes(StandardCharsets.UTF_8));
                    keys.flush();
                    await().atMost(patience)
                            .until(() -> screen.toString(StandardCharsets.UTF_8).contains("31 97"));
                    shell.sendWindowChange(60, 20);
                    keys.write("\n".getBytes(StandardCharsets.UTF_8));
                    keys.flush();
                    await().atMost(patience)
                            .until(() -> screen.toString(StandardCharsets.UTF_8).contains("20 60"));
                    keys.write("exit 5\n".getBytes(StandardCharsets.UTF_8));
                    keys.flush();
                    shell.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), patience);
                    assertThat(shell.getExitStatus()).isEqualTo(5);
                }
            } finally {
                client.stop();
            }
        }
    }

    /** A read from a terminal blocks a thread of the system; conversations must not wait for one. */
    @Test
    void idleTerminalsHinderNobody() throws Exception {
        Duration patience = Duration.ofSeconds(20);
        try (var given = new BridgeUnderTest().start().withConversation()) {
            SshClient client = Home.client(Keys.parse(given.hello().sshHostKey()));
            try (ClientSession session = client.connect(
                            "x", "127.0.0.1", given.hello().sshPort())
                    .verify(patience)
                    .getSession()) {
                session.addPublicKeyIdentity(given.gateway.clientKey);
                session.auth().verify(patience);
                for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
                    var screen = new ByteArrayOutputStream();
                    ChannelShell shell = session.createShellChannel();
                    shell.setOut(screen);
                    shell.open().verify(patience);
                    await().atMost(patience).until(() -> screen.size() > 0);
                }
                given.say("say one");
                assertThat(given.eventsUntilTurns(1)).isNotEmpty();
            } finally {
                client.stop();
            }
        }
    }
}
