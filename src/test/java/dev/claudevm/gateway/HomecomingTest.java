package dev.claudevm.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.claudevm.fake.BridgeSession;
import dev.claudevm.fake.Core;
import dev.claudevm.fake.FakeProvider;
import dev.claudevm.fake.OneAnswer;
import dev.claudevm.protocol.Bridge;
import dev.claudevm.testkit.CuttingProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may come home as which workspace, over real SSH. */
class HomecomingTest {

    private static final String WORKSPACE = "bold-fire-1234";

    @TempDir
    Path home;

    private OneAnswer http;
    private Core core;
    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        http = new OneAnswer(200);
        core = Core.start(home, new FakeProvider());
        gateway = core.get(Gateway.class);
    }

    @AfterEach
    void stop() {
        core.close();
        http.close();
    }

    @Test
    void aTokenIsGoodForOneKey() throws Exception {
        try (LogLines log = new LogLines()) {
            String token = gateway.expect(WORKSPACE, 1);
            assertThat(enroll(token, WORKSPACE, 1, BridgeSession.newKey()).exitCode())
                    .isZero();

            assertThatThrownBy(() -> enroll(token, WORKSPACE, 1, BridgeSession.newKey()))
                    .isInstanceOf(IOException.class);
            assertThat(log.all()).contains("token was used before").doesNotContain(token);
        }
    }

    @Test
    void aTokenThatIsUsedTwiceAtTheSameTimeIsGoodForOneKey() throws Exception {
        String token = gateway.expect(WORKSPACE, 1);
        try (BridgeSession first = BridgeSession.withToken(gateway.address(), WORKSPACE, token);
                BridgeSession second = BridgeSession.withToken(gateway.address(), WORKSPACE, token)) {
            KeyPair one = BridgeSession.newKey();
            KeyPair other = BridgeSession.newKey();
            assertThat(first.exec("enroll", new Bridge.Enroll(WORKSPACE, 1, BridgeSession.text(one)))
                            .exitCode())
                    .isZero();
            assertThat(second.exec("enroll", new Bridge.Enroll(WORKSPACE, 1, BridgeSession.text(other)))
                            .exitCode())
                    .isEqualTo(1);
            assertThatThrownBy(() -> BridgeSession.withKey(gateway.address(), WORKSPACE, other))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void anExpiredTokenIsRefused() {
        core.close();
        core = Core.start(home, new FakeProvider(), "claude-vm.gateway.token-lifetime=0s");
        gateway = core.get(Gateway.class);
        try (LogLines log = new LogLines()) {
            String token = gateway.expect(WORKSPACE, 1);

            assertThatThrownBy(() -> enroll(token, WORKSPACE, 1, BridgeSession.newKey()))
                    .isInstanceOf(IOException.class);
            assertThat(log.all()).contains("token has expired").doesNotContain(token);
        }
    }

    @Test
    void aTokenOpensNoOtherWorkspace() throws Exception {
        String token = gateway.expect(WORKSPACE, 1);
        gateway.expect("calm-lake-1000", 1);

        assertThatThrownBy(() -> enroll(token, "calm-lake-1000", 1, BridgeSession.newKey()))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> enroll(token, "no-such-1000", 1, BridgeSession.newKey()))
                .isInstanceOf(IOException.class);
        try (BridgeSession session = BridgeSession.withToken(gateway.address(), WORKSPACE, token)) {
            BridgeSession.Answer answer = session.exec(
                    "enroll", new Bridge.Enroll("calm-lake-1000", 1, BridgeSession.text(BridgeSession.newKey())));
            assertThat(answer.exitCode()).isEqualTo(1);
            assertThat(answer.json()).contains("not of this workspace");
        }
    }

    @Test
    void aBridgeOfAnOldGenerationIsCutOffAndRefused() throws Exception {
        KeyPair old = enrolled(1);
        try (BridgeSession session = comeHome(old, 1)) {
            await().until(() -> gateway.bridge(WORKSPACE).isPresent());

            gateway.expect(WORKSPACE, 2);

            await("the old bridge is cut off").until(() -> !session.isOpen());
            assertThat(gateway.bridge(WORKSPACE)).isEmpty();
        }
        assertThatThrownBy(() -> BridgeSession.withKey(gateway.address(), WORKSPACE, old))
                .isInstanceOf(IOException.class);
    }

    @Test
    void aTokenIsNoKeyAndAForwardNeedsAKey() throws Exception {
        String token = gateway.expect(WORKSPACE, 1);
        try (BridgeSession session = BridgeSession.withToken(gateway.address(), WORKSPACE, token)) {
            assertThatThrownBy(() -> session.forward("127.0.0.1", 0, 1)).isInstanceOf(Exception.class);
            BridgeSession.Answer hello = session.exec("hello", new Bridge.Hello(WORKSPACE, 1, "test", 1, 2, "k"));
            assertThat(hello.exitCode()).isEqualTo(1);
        }
        assertThat(gateway.bridge(WORKSPACE)).isEmpty();
    }

    @Test
    void whoHasTradedTheTokenIsHomeWithoutLoggingInAgain() throws Exception {
        KeyPair key = BridgeSession.newKey();
        String token = gateway.expect(WORKSPACE, 1);
        try (BridgeSession session = BridgeSession.withToken(gateway.address(), WORKSPACE, token)) {
            session.exec("enroll", new Bridge.Enroll(WORKSPACE, 1, BridgeSession.text(key)));
            sayHello(session, key, 1);
            await().until(() -> gateway.bridge(WORKSPACE).isPresent());
            gateway.expect(WORKSPACE, 2);
            await("one that is started since is another one").until(() -> !session.isOpen());
        }
    }

    @Test
    void aBridgeReachesNothingButItsOwnTwoForwards() throws Exception {
        KeyPair key = enrolled(1);
        try (BridgeSession session = BridgeSession.withKey(gateway.address(), WORKSPACE, key)) {
            assertThatThrownBy(() -> session.forward("0.0.0.0", 0, 1)).isInstanceOf(Exception.class);
            assertThatThrownBy(() -> session.forward("127.0.0.1", 45_678, 1)).isInstanceOf(Exception.class);
            assertThatThrownBy(() -> session.connectThroughGateway(22)).isInstanceOf(Exception.class);
            int one = session.forward("127.0.0.1", 0, 1);
            session.forward("127.0.0.1", 0, 1);
            assertThatThrownBy(() -> session.forward("127.0.0.1", 0, 1)).isInstanceOf(Exception.class);

            BridgeSession.Answer hello =
                    session.exec("hello", new Bridge.Hello(WORKSPACE, 1, "test", one, 22, BridgeSession.text(key)));

            assertThat(hello.exitCode()).as("port 22 is not its own").isEqualTo(1);
            assertThat(session.exec("sh -c id", "").exitCode()).isEqualTo(1);
        }
        assertThat(gateway.bridge(WORKSPACE)).isEmpty();
    }

    @Test
    void theNewestConnectionReplacesAnOlderOne() throws Exception {
        KeyPair key = enrolled(1);
        try (BridgeSession first = comeHome(key, 1);
                BridgeSession second = comeHome(key, 1)) {
            await("the first one is closed").until(() -> !first.isOpen());
            assertThat(second.isOpen()).isTrue();
            assertThat(gateway.bridge(WORKSPACE)).isPresent();
        }
        await("offline").until(() -> gateway.bridge(WORKSPACE).isEmpty());
    }

    /** Who hears that a bridge is online asks it something at once. */
    @Test
    void aBridgeIsOnlineWhenItHasReadItsWelcome() throws Exception {
        KeyPair key = enrolled(1);
        http.status(401);
        try (BridgeSession session = comeHome(key, 1)) {
            await("it is asked").until(() -> http.given() >= 3);
            assertThat(gateway.bridge(WORKSPACE)).isEmpty();

            http.status(200);

            await("online").until(() -> gateway.bridge(WORKSPACE).isPresent());
            assertThat(session.isOpen()).isTrue();
        }
    }

    @Test
    void aWelcomeThatIsNotTrueAnyMoreIsSaidAnew() throws Exception {
        KeyPair key = BridgeSession.newKey();
        String token = gateway.expect(WORKSPACE, 1, true);
        assertThat(enroll(token, WORKSPACE, 1, key).exitCode()).isZero();
        http.status(401);
        try (BridgeSession session = comeHome(key, 1)) {
            gateway.restored(WORKSPACE);
            http.status(200);

            await("it has to come again").until(() -> !session.isOpen());
        }
        assertThat(gateway.bridge(WORKSPACE)).isEmpty();
        try (BridgeSession _ = comeHome(key, 1)) {
            await("online").until(() -> gateway.bridge(WORKSPACE).isPresent());
        }
    }

    @Test
    void aHalfOpenConnectionIsNoticed() throws Exception {
        KeyPair key = enrolled(1);
        int port = Integer.parseInt(gateway.address().replaceFirst(".*:", ""));
        try (CuttingProxy proxy = CuttingProxy.before("127.0.0.1", port);
                BridgeSession session = comeHome("127.0.0.1:" + proxy.port(), key, 1)) {
            await().until(() -> gateway.bridge(WORKSPACE).isPresent());

            proxy.mode(CuttingProxy.Mode.BLACKHOLE);

            await("offline, though no socket was closed")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> gateway.bridge(WORKSPACE).isEmpty());
            assertThat(session).isNotNull();
        }
    }

    @Test
    void addressAndKeysSurviveARestart() throws Exception {
        KeyPair key = enrolled(1);
        String address = gateway.address();
        String hostKey = gateway.hostKey();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("gateway/host_ed25519"))))
                .isEqualTo("rw-------");

        core.close();
        core = Core.start(home, new FakeProvider());
        gateway = core.get(Gateway.class);

        assertThat(gateway.address()).isEqualTo(address);
        assertThat(gateway.hostKey()).isEqualTo(hostKey);
        try (BridgeSession session = comeHome(key, 1)) {
            assertThat(session.isOpen()).isTrue();
            await().until(() -> gateway.bridge(WORKSPACE).isPresent());
        }
    }

    private KeyPair enrolled(long generation) throws IOException {
        KeyPair key = BridgeSession.newKey();
        String token = gateway.expect(WORKSPACE, generation);
        assertThat(enroll(token, WORKSPACE, generation, key).exitCode()).isZero();
        return key;
    }

    private BridgeSession.Answer enroll(String token, String workspace, long generation, KeyPair key)
            throws IOException {
        try (BridgeSession session = BridgeSession.withToken(gateway.address(), workspace, token)) {
            return session.exec("enroll", new Bridge.Enroll(workspace, generation, BridgeSession.text(key)));
        }
    }

    private BridgeSession comeHome(KeyPair key, long generation) throws IOException {
        return comeHome(gateway.address(), key, generation);
    }

    private BridgeSession comeHome(String address, KeyPair key, long generation) throws IOException {
        BridgeSession session = BridgeSession.withKey(address, WORKSPACE, key);
        sayHello(session, key, generation);
        return session;
    }

    private void sayHello(BridgeSession session, KeyPair key, long generation) throws IOException {
        int api = session.forward("127.0.0.1", 0, http.port());
        int ssh = session.forward("127.0.0.1", 0, 1);
        assertThat(session.exec(
                                "hello",
                                new Bridge.Hello(WORKSPACE, generation, "test", api, ssh, BridgeSession.text(key)))
                        .exitCode())
                .isZero();
    }
}
