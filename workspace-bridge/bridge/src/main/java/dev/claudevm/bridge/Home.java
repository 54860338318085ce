package dev.claudevm.bridge;

import dev.claudevm.protocol.Bridge;
import dev.claudevm.protocol.Json;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.password.PasswordIdentityProvider;
import org.apache.sshd.client.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.forward.AcceptAllForwardingFilter;
import org.jspecify.annotations.Nullable;

/**
 * The connection home (section 3 of the architecture): enrols once, then keeps one SSH connection to the gateway for
 * ever. Nothing is said to a gateway whose host key is not the pinned one.
 */
final class Home {

    /** The gateway said no for good. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }
    }

    /** The ports of the bridge's own servers on loopback, and the SSH server's host key. */
    record Servers(int httpPort, int sshPort, String sshHostKey) {}

    private static final System.Logger LOG = System.getLogger(Home.class.getName());
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration HEARTBEAT = Duration.ofSeconds(2);

    /** Whatever comes will do: on a slow line the answer to a heartbeat waits behind megabytes of an upload. */
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(6);

    private static final double FIRST_DELAY_SECONDS = 0.2;
    private static final double MAX_DELAY_SECONDS = 10;

    private final BridgeConfig config;
    private final Servers servers;
    private final Consumer<Bridge.Welcome> welcomed;
    private final HomeLine line;
    private final SshClient client;
    private final Address gateway;

    /** Where the gateway is. */
    private sealed interface Address {
        record Tcp(String host, int port) implements Address {}

        record Socket(Path path) implements Address {}

        static Address of(String text) {
            if (text.startsWith("/")) {
                return new Socket(Path.of(text));
            }
            int colon = text.lastIndexOf(':');
            if (colon < 1) {
                throw new IllegalArgumentException(
                        "CLAUDE_VM_GATEWAY must be host:port or the path of a socket, not " + text + ".");
            }
            return new Tcp(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
        }
    }

    Home(BridgeConfig config, Servers servers, Consumer<Bridge.Welcome> welcomed) {
        this(config, servers, welcomed, HomeLine.to(config.gateway()));
    }

    /**
     * @param welcomed is told each Welcome before the connection counts as made
     * @param line is told each connection that is made or lost
     */
    Home(BridgeConfig config, Servers servers, Consumer<Bridge.Welcome> welcomed, HomeLine line) {
        this.line = line;
        this.config = config;
        this.servers = servers;
        this.welcomed = welcomed;
        this.gateway = Address.of(Objects.requireNonNull(config.gateway()));
        this.client = client(Keys.parse(Objects.requireNonNull(config.gatewayKey())));
    }

    static SshClient client(PublicKey pinned) {
        SshClient client = SshClient.setUpDefaultClient();
        client.setServerKeyVerifier((_, _, key) -> KeyUtils.compareKeys(pinned, key));
        client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
        client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        client.setPasswordIdentityProvider(PasswordIdentityProvider.EMPTY_PASSWORDS_PROVIDER);
        client.setForwardingFilter(AcceptAllForwardingFilter.INSTANCE);
        client.setNioWorkers(2);
        client.setCipherFactories(BridgeSsh.CIPHERS);
        HeardSession.of(client);
        CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, HEARTBEAT);
        // They are answered; who is silent is found by the silence.
        CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, Integer.MAX_VALUE);
        CoreModuleProperties.TCP_NODELAY.set(client, true);
        CoreModuleProperties.IDLE_TIMEOUT.set(client, Duration.ZERO);
        CoreModuleProperties.NIO2_READ_TIMEOUT.set(client, Duration.ZERO);
        client.start();
        return client;
    }

    /** Stays connected for ever. @throws Refused when the gateway does not want this bridge any more */
    void stay() throws Refused, InterruptedException {
        double delay = FIRST_DELAY_SECONDS;
        while (true) {
            try {
                connected();
                delay = FIRST_DELAY_SECONDS;
            } catch (IOException | IllegalArgumentException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "No connection to the gateway " + config.gateway() + ": " + reason(e) + " Trying again.");
            }
            Thread.sleep(Duration.ofMillis(
                    (long) (delay * 1000 * ThreadLocalRandom.current().nextDouble(0.5, 1.0))));
            delay = Math.min(MAX_DELAY_SECONDS, delay * 2);
        }
    }

    private static String reason(Exception e) {
        if (e instanceof SshException ssh
                && ssh.getDisconnectCode() == SshConstants.SSH2_DISCONNECT_HOST_KEY_NOT_VERIFIABLE) {
            return "its host key is not the one in CLAUDE_VM_GATEWAY_KEY, so nothing is said to it.";
        }
        return e.getMessage() + ".";
    }

    /**
     * @return a connection that may say hello: of the one-time token, which is used up by it, or of the key that was enrolled with it
     */
    private ClientSession admitted() throws IOException, Refused {
        Path token = config.state().resolve("token");
        Path keyFile = config.state().resolve("key");
        boolean hadKey = Files.exists(keyFile);
        boolean hasToken = Files.exists(token);
        if (!hasToken && !hadKey) {
            throw new Refused("There is neither a key nor a one-time token in " + config.state()
                    + "; start the workspace anew, so that it gets a token.");
        }
        KeyPair key = Keys.loadOrMake(keyFile);
        if (hasToken) {
            ClientSession session = connect();
            boolean enrolled = false;
            try {
                enrolled = enrolled(session, Files.readString(token).strip(), key, hadKey);
            } finally {
                if (!enrolled) {
                    session.close(true);
                }
            }
            Files.deleteIfExists(token);
            if (enrolled) {
                return session;
            }
        }
        ClientSession session = connect();
        try {
            session.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
            session.addPublicKeyIdentity(key);
            session.auth().verify(PATIENCE);
            return session;
        } catch (IOException | RuntimeException e) {
            session.close(true);
            throw e;
        }
    }

    /** @return false when the key may be known already: a crash after the enrolment leaves a used token */
    private boolean enrolled(ClientSession session, String token, KeyPair key, boolean hadKey)
            throws IOException, Refused {
        try {
            session.setUserAuthFactories(List.of(UserAuthPasswordFactory.INSTANCE));
            session.addPasswordIdentity(token);
            session.auth().verify(PATIENCE);
            ask(
                    session,
                    "enroll",
                    new Bridge.Enroll(config.workspaceId(), config.generation(), Keys.text(key.getPublic())));
            return true;
        } catch (Refused e) {
            if (!hadKey) {
                throw e;
            }
            LOG.log(System.Logger.Level.WARNING, "The enrolment was refused, trying the key: " + e.getMessage());
            return false;
        } catch (SshException e) {
            if (e.getDisconnectCode() != SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE) {
                throw e;
            }
            if (!hadKey) {
                Files.deleteIfExists(config.state().resolve("key"));
                throw new Refused("The gateway did not accept the one-time token: it was used already, is too old or "
                        + "belongs to another workspace. Start the workspace anew, so that it gets a new one.");
            }
            return false;
        }
    }

    private ClientSession connect() throws IOException {
        return switch (gateway) {
            case Address.Tcp tcp ->
                client.connect(config.workspaceId(), tcp.host(), tcp.port())
                        .verify(PATIENCE)
                        .getSession();
            case Address.Socket socket -> connect(socket.path());
        };
    }

    private ClientSession connect(Path socket) throws IOException {
        SocketRelay relay = SocketRelay.to(socket);
        try {
            ClientSession session = client.connect(config.workspaceId(), relay.address())
                    .verify(PATIENCE)
                    .getSession();
            relay.admit(session.getIoSession().getLocalAddress());
            return session;
        } catch (IOException | RuntimeException e) {
            relay.close();
            throw e;
        }
    }

    /** Returns when the connection is lost. */
    private void connected() throws IOException, Refused {
        try (ClientSession session = admitted()) {
            int http = forward(session, servers.httpPort());
            int ssh = forward(session, servers.sshPort());
            String answer = ask(
                    session,
                    "hello",
                    new Bridge.Hello(
                            config.workspaceId(),
                            config.generation(),
                            BridgeMain.version(),
                            http,
                            ssh,
                            servers.sshHostKey()));
            line.session(session);
            welcomed.accept(Json.MAPPER.readValue(answer, Bridge.Welcome.class));
            LOG.log(System.Logger.Level.INFO, "Connected to the gateway " + config.gateway());
            try {
                ((HeardSession) session).awaitEnd(LONGEST_SILENCE);
            } finally {
                line.session(null);
            }
            throw new IOException("the connection was lost");
        }
    }

    private static int forward(ClientSession session, int port) throws IOException {
        return session.startRemotePortForwarding(
                        new SshdSocketAddress("127.0.0.1", 0), new SshdSocketAddress("127.0.0.1", port))
                .getPort();
    }

    private static String ask(ClientSession session, String command, Object question) throws IOException, Refused {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ChannelExec channel = session.createExecChannel(command)) {
            channel.setIn(new ByteArrayInputStream(
                    (Json.MAPPER.writeValueAsString(question) + "\n").getBytes(StandardCharsets.UTF_8)));
            channel.setOut(out);
            channel.setErr(new ByteArrayOutputStream());
            channel.open().verify(PATIENCE);
            channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), PATIENCE);
            @Nullable Integer status = channel.getExitStatus();
            String text = out.toString(StandardCharsets.UTF_8);
            if (status == null) {
                throw new IOException("the gateway did not answer to " + command);
            }
            if (status == 0) {
                return text;
            }
            throw new Refused(refusal(text, command));
        }
    }

    private static String refusal(String text, String command) throws IOException {
        try {
            Bridge.Refusal refusal = Json.MAPPER.readValue(text, Bridge.Refusal.class);
            return refusal.error() + " " + refusal.todo();
        } catch (tools.jackson.core.JacksonException e) {
            throw new IOException("the gateway answered " + command + " with something unknown", e);
        }
    }
}
