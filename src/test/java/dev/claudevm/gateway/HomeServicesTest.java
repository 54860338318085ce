package dev.claudevm.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.claudevm.fake.BridgeSession;
import dev.claudevm.fake.Core;
import dev.claudevm.fake.FakeProvider;
import dev.claudevm.fake.OneAnswer;
import dev.claudevm.protocol.Bridge;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Services through a workspace's own socket. */
class HomeServicesTest {

    private static final String WORKSPACE = "bold-fire-1234";

    @TempDir
    Path home;

    private OneAnswer http;
    private Core core;
    private Gateway gateway;

    /** Says for each line who asks. */
    private static final class WhoAmI implements HomeService {
        @Override
        public String name() {
            return "whoami";
        }

        @Override
        public void serve(Visitor visitor, InputStream in, OutputStream out) throws IOException {
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String answer = line + " " + visitor.workspaceId() + " " + visitor.generation() + " "
                        + visitor.welcome() + "\n";
                out.write(answer.getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class WithWhoAmI {
        @Bean
        HomeService whoAmI() {
            return new WhoAmI();
        }
    }

    /** Somebody in a workspace at its socket. */
    private static final class Caller implements AutoCloseable {
        private final SocketChannel channel;
        private final BufferedReader lines;

        Caller(Path door) throws IOException {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(door.resolve("services.sock")));
            lines = new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
        }

        /** @return the next line; null: the other end has gone */
        @Nullable
        String ask(String line) throws IOException {
            Channels.newOutputStream(channel).write((line + "\n").getBytes(StandardCharsets.UTF_8));
            return lines.readLine();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    @BeforeEach
    void start() throws Exception {
        http = new OneAnswer(200);
        core = Core.start(home, new FakeProvider(), List.of(WithWhoAmI.class));
        gateway = core.get(Gateway.class);
    }

    @AfterEach
    void stop() {
        core.close();
        http.close();
    }

    private BridgeSession comeHome() throws IOException {
        KeyPair key = BridgeSession.newKey();
        String token = gateway.expect(WORKSPACE, 1);
        BridgeSession session = BridgeSession.withToken(gateway.address(), WORKSPACE, token);
        assertThat(session.exec("enroll", new Bridge.Enroll(WORKSPACE, 1, BridgeSession.text(key)))
                        .exitCode())
                .isZero();
        int api = session.forward("127.0.0.1", 0, http.port());
        int ssh = session.forward("127.0.0.1", 0, 1);
        assertThat(session.exec("hello", new Bridge.Hello(WORKSPACE, 1, "test", api, ssh, BridgeSession.text(key)))
                        .exitCode())
                .isZero();
        await("online").until(() -> gateway.bridge(WORKSPACE).isPresent());
        return session;
    }

    @Test
    void whoIsHomeIsServedUntilANewerStartIsExpected() throws Exception {
        Path door = gateway.door(WORKSPACE);
        try (BridgeSession _ = comeHome();
                Caller caller = new Caller(door)) {
            assertThat(caller.ask("whoami\none")).isEqualTo("one " + WORKSPACE + " 1 true");
            String _ = gateway.expect(WORKSPACE, 2);
            assertThat(caller.ask("two")).isEqualTo("two " + WORKSPACE + " 1 false");
        }
    }

    @Test
    void whoIsNotHomeIsNotServed() throws Exception {
        Path door = gateway.door(WORKSPACE);
        Path others = gateway.door("calm-lake-1000");
        try (BridgeSession _ = comeHome();
                Caller other = new Caller(others)) {
            assertThat(nothing(other, "whoami\none"))
                    .as("the socket says who it is")
                    .isTrue();
        }
        gateway.welcomeAgain(WORKSPACE);
        try (Caller caller = new Caller(door)) {
            assertThat(nothing(caller, "whoami\none")).isTrue();
        }
    }

    @Test
    void whatIsNoServiceIsSentAway() throws Exception {
        Path door = gateway.door(WORKSPACE);
        try (BridgeSession _ = comeHome()) {
            for (String wish : List.of("shell\n", "x".repeat(5_000), "SSH-2.0-client\r\n")) {
                try (Caller caller = new Caller(door)) {
                    assertThat(nothing(caller, wish)).as(wish).isTrue();
                }
            }
        }
        gateway.forget(WORKSPACE);
        assertThat(door).doesNotExist();
        assertThatThrownBy(() -> new Caller(door)).isInstanceOf(IOException.class);
    }

    /** Closed, or closed so quickly that not even the question was taken. */
    private static boolean nothing(Caller caller, String question) {
        try {
            return caller.ask(question) == null;
        } catch (IOException gone) {
            return true;
        }
    }
}
