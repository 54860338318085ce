package dev.claudevm.fake;

import dev.claudevm.protocol.Json;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ClientChannel;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.apache.sshd.server.forward.AcceptAllForwardingFilter;

/** One SSH connection to the gateway, as a bridge makes it. */
public final class BridgeSession implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final SshClient client;
    private final ClientSession session;

    private BridgeSession(SshClient client, ClientSession session) {
        this.client = client;
        this.session = session;
    }

    /** What a command answered. */
    public record Answer(int exitCode, String json) {}

    public static KeyPair newKey() {
        try {
            return SecurityUtils.getKeyPairGenerator(SecurityUtils.EDDSA).generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static String text(KeyPair key) {
        return PublicKeyEntry.toString(key.getPublic());
    }

    /** @throws IOException when the gateway refuses the token */
    public static BridgeSession withToken(String gateway, String workspace, String token) throws IOException {
        return connect(gateway, workspace, session -> session.addPasswordIdentity(token));
    }

    /** @throws IOException when the gateway refuses the key */
    public static BridgeSession withKey(String gateway, String workspace, KeyPair key) throws IOException {
        return connect(gateway, workspace, session -> session.addPublicKeyIdentity(key));
    }

    private interface Login {
        void add(ClientSession session);
    }

    private static BridgeSession connect(String gateway, String workspace, Login login) throws IOException {
        SshClient client = SshClient.setUpDefaultClient();
        client.setServerKeyVerifier((session, address, key) -> true);
        client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        client.setForwardingFilter(AcceptAllForwardingFilter.INSTANCE);
        // As with a real bridge, which has no Bouncy Castle.
        client.setKeyExchangeFactories(List.of(ClientBuilder.DH2KEX.apply(BuiltinDHFactories.curve25519)));
        client.start();
        try {
            int colon = gateway.lastIndexOf(':');
            ClientSession session = client.connect(
                            workspace, gateway.substring(0, colon), Integer.parseInt(gateway.substring(colon + 1)))
                    .verify(PATIENCE)
                    .getSession();
            login.add(session);
            session.auth().verify(PATIENCE);
            return new BridgeSession(client, session);
        } catch (IOException e) {
            client.stop();
            throw e;
        }
    }

    public Answer exec(String command, Object input) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ClientChannel channel = session.createExecChannel(command)) {
            channel.setIn(new ByteArrayInputStream(Json.MAPPER.writeValueAsBytes(input)));
            channel.setOut(out);
            channel.open().verify(PATIENCE);
            channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), PATIENCE);
            return new Answer(
                    Objects.requireNonNullElse(channel.getExitStatus(), -1), out.toString(StandardCharsets.UTF_8));
        }
    }

    /** @return the port on the gateway's side */
    public int forward(String host, int port, int localPort) throws IOException {
        return session.startRemotePortForwarding(
                        new SshdSocketAddress(host, port), new SshdSocketAddress("127.0.0.1", localPort))
                .getPort();
    }

    /** Tries to get from the gateway to another port of its machine. */
    public void connectThroughGateway(int port) throws IOException {
        session.createDirectTcpipChannel(
                        new SshdSocketAddress("127.0.0.1", 1), new SshdSocketAddress("127.0.0.1", port))
                .open()
                .verify(PATIENCE);
    }

    public boolean isOpen() {
        return session.isOpen();
    }

    /** Cuts the connection, without a goodbye. */
    public void cut() {
        session.close(true);
    }

    @Override
    public void close() {
        try {
            session.close(true).await(PATIENCE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            client.stop();
        }
    }
}
