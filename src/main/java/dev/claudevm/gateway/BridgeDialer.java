package dev.claudevm.gateway;

import java.io.IOException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.util.List;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.core.CoreModuleProperties;

/**
 * How the control plane comes to workspaces' SSH servers: it knows their host keys from their bridges, has one key of its
 * own, and takes nothing from this machine's configuration of SSH.
 */
public final class BridgeDialer {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final AttributeKey<PublicKey> EXPECTED = new AttributeKey<>();

    private final SshClient client = SshClient.setUpDefaultClient();
    private final KeyPair key;

    /** @param key the only one that bridges let in */
    BridgeDialer(KeyPair key) {
        this.key = key;
        client.setServerKeyVerifier((session, _, shown) -> {
            AttributeRepository context = session.getConnectionContext();
            PublicKey expected = context == null ? null : context.getAttribute(EXPECTED);
            return expected != null && SshKeys.same(expected, shown);
        });
        client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
        client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        client.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        CoreModuleProperties.TCP_NODELAY.set(client, true);
        CoreModuleProperties.IDLE_TIMEOUT.set(client, Duration.ZERO);
        CoreModuleProperties.NIO2_READ_TIMEOUT.set(client, Duration.ZERO);
    }

    /** @return to be configured further before the first connection, to be started and stopped */
    public SshClient client() {
        return client;
    }

    /** Something to do between the connection and the login. */
    @FunctionalInterface
    public interface Preparation {
        void prepare(ClientSession session);
    }

    /** @return logged in. @throws IOException when the bridge told no host key, shows another one, or does not answer */
    public ClientSession connect(BridgeClient bridge, Preparation preparation) throws IOException {
        PublicKey expected = SshKeys.parse(bridge.sshHostKey());
        if (expected == null) {
            throw new IOException("The bridge told no host key of its SSH server.");
        }
        ClientSession session = client.connect(
                        bridge.workspaceId(),
                        "127.0.0.1",
                        bridge.sshPort(),
                        AttributeRepository.ofKeyValuePair(EXPECTED, expected))
                .verify(PATIENCE)
                .getClientSession();
        try {
            session.addPublicKeyIdentity(key);
            preparation.prepare(session);
            session.auth().verify(PATIENCE);
            return session;
        } catch (IOException | RuntimeException e) {
            session.close(true);
            throw e;
        }
    }
}
