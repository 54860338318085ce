package dev.claudevm.ssh;

import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.Gateway;
import java.io.IOException;
import java.security.PublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.session.AbstractClientSession;
import org.apache.sshd.client.session.ClientConnectionServiceFactory;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.client.session.ClientUserAuthServiceFactory;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.Service;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.cipher.Cipher;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.session.ServerSession;
import org.jspecify.annotations.Nullable;

/** The client of workspaces' SSH servers: the only place to which a person's connection leads. */
final class BridgeDoor {

    /** Java is quick at these; at what it would choose itself it is not. */
    static final List<NamedFactory<Cipher>> CIPHERS = List.of(BuiltinCiphers.aes128gcm, BuiltinCiphers.aes256gcm);

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final AttributeKey<PublicKey> HOST_KEY = new AttributeKey<>();

    private final Gateway gateway;
    private final SshClient client = SshClient.setUpDefaultClient();

    BridgeDoor(Gateway gateway) {
        this.gateway = gateway;
        client.setServerKeyVerifier((session, _, key) -> {
            AttributeRepository context = session.getConnectionContext();
            PublicKey expected = context == null ? null : context.getAttribute(HOST_KEY);
            return expected != null && KeyUtils.compareKeys(expected, key);
        });
        client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
        client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        client.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        client.setServiceFactories(List.of(ClientUserAuthServiceFactory.INSTANCE, new ClientConnectionServiceFactory() {
            @Override
            public Service create(Session session) throws IOException {
                return new BridgeSide((AbstractClientSession) session);
            }
        }));
        client.setCipherFactories(CIPHERS);
        CoreModuleProperties.IDLE_TIMEOUT.set(client, Duration.ZERO);
    }

    void start() {
        client.start();
    }

    void stop() {
        client.stop();
    }

    /** @return the connected bridge, if there is one */
    @Nullable
    BridgeClient find(String workspaceId) {
        return gateway.bridge(workspaceId).orElse(null);
    }

    /** @return a relay that is ready for the person's first channel */
    Relay connect(ServerSession person, BridgeClient bridge, int maxChannels) throws IOException {
        PublicKey hostKey = hostKey(bridge);
        ClientSession session = client.connect(
                        "workspace",
                        "127.0.0.1",
                        bridge.sshPort(),
                        AttributeRepository.ofAttributesMap(Map.of(HOST_KEY, hostKey)))
                .verify(PATIENCE)
                .getSession();
        try {
            session.addPublicKeyIdentity(gateway.clientKey());
            Relay relay = new Relay(bridge.workspaceId(), person, session, maxChannels);
            session.setAttribute(Relay.RELAY, relay);
            session.auth().verify(PATIENCE);
            return relay;
        } catch (IOException | RuntimeException e) {
            session.close(true);
            throw e;
        }
    }

    private static PublicKey hostKey(BridgeClient bridge) throws IOException {
        try {
            PublicKey key = PublicKeyEntry.parsePublicKeyEntry(bridge.sshHostKey())
                    .resolvePublicKey(null, Map.of(), PublicKeyEntryResolver.FAILING);
            if (key != null) {
                return key;
            }
        } catch (java.security.GeneralSecurityException | RuntimeException e) {
            throw new IOException("the bridge said no host key", e);
        }
        throw new IOException("the bridge said no host key");
    }
}
