package dev.claudevm.provider.ssh;

import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.ssh.SshOptions.Host;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.password.PasswordIdentityProvider;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.channel.ChannelFactory;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.forward.AcceptAllForwardingFilter;
import org.jspecify.annotations.Nullable;

/** Logs in at one machine, and says in plain words why that does not work. Nothing of the server's user is used but what the options name. */
final class Login {

    /** In one silence the machine is asked this often. */
    private static final int HEARTBEATS = 6;

    private final SshOptions options;
    private final Host host;
    private final HostKeyCheck hostKey;

    Login(SshOptions options, Host host) {
        this.options = options;
        this.host = host;
        this.hostKey = new HostKeyCheck(host);
    }

    /**
     * @param address where the machine is to be found
     * @param doors what sockets on the machine lead to
     * @param made gets what the caller closes, also when it fails; last first
     */
    ClientSession at(InetSocketAddress address, Function<String, @Nullable Path> doors, Deque<AutoCloseable> made)
            throws ProviderException {
        if (address.isUnresolved()) {
            throw new ProviderException(
                    "No machine of the name " + host.name() + " is known.", "Check the name, or give its address.");
        }
        List<KeyPair> keys = keys();
        SshClient client = client(doors);
        made.push(() -> client.close(true));
        client.start();
        ClientSession session;
        try {
            session = client.connect(host.user(), address)
                    .verify(options.connect())
                    .getSession();
        } catch (IOException | RuntimeException e) {
            throw unreachable(e);
        }
        made.push(() -> session.close(true));
        ((HeardSession) session).endWhenSilent(options.silence());
        keys.forEach(session::addPublicKeyIdentity);
        try {
            session.auth().verify(options.connect());
            return session;
        } catch (IOException | RuntimeException e) {
            ProviderException problem = hostKey.problem();
            if (problem != null) {
                throw problem;
            }
            throw refused(keys, e);
        }
    }

    private SshClient client(Function<String, @Nullable Path> doors) {
        SshClient client = SshClient.setUpDefaultClient();
        client.setServerKeyVerifier(hostKey);
        client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
        client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        client.setPasswordIdentityProvider(PasswordIdentityProvider.EMPTY_PASSWORDS_PROVIDER);
        client.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        client.setForwardingFilter(AcceptAllForwardingFilter.INSTANCE);
        client.setNioWorkers(2);
        Path agent = options.agentSocket();
        if (options.key() == null && agent != null) {
            client.setAgentFactory(new KeyAgent.Factory(agent));
        }
        List<ChannelFactory> channels = new ArrayList<>(client.getChannelFactories());
        channels.add(new DoorChannel.Factory(doors));
        client.setChannelFactories(channels);
        HeardSession.of(client);
        CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, options.silence().dividedBy(HEARTBEATS));
        // They are answered, but the answers wait behind what is being uploaded: who is silent is found by the silence.
        CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, Integer.MAX_VALUE);
        CoreModuleProperties.TCP_NODELAY.set(client, true);
        CoreModuleProperties.IDLE_TIMEOUT.set(client, Duration.ZERO);
        CoreModuleProperties.NIO2_READ_TIMEOUT.set(client, Duration.ZERO);
        return client;
    }

    private List<KeyPair> keys() throws ProviderException {
        String text = options.key();
        if (text == null) {
            Path agent = options.agentSocket();
            if (agent == null || !Files.exists(agent)) {
                throw new ProviderException(
                        "There is no key to log in at " + host.shown() + " with"
                                + (agent == null ? "." : ", and no SSH agent at " + agent + "."),
                        "Give the option key, or start claude-vm's server with SSH_AUTH_SOCK of an SSH agent.");
            }
            return List.of();
        }
        List<KeyPair> keys = new ArrayList<>();
        try (var in = new ByteArrayInputStream((text.strip() + "\n").getBytes(StandardCharsets.UTF_8))) {
            Iterable<KeyPair> found = SecurityUtils.loadKeyPairIdentities(
                    null, NamedResource.ofName("key"), in, FilePasswordProvider.EMPTY);
            if (found != null) {
                found.forEach(keys::add);
            }
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            // The library's words may quote the key.
            keys.clear();
        }
        if (keys.isEmpty()) {
            throw new ProviderException(
                    "The option \"key\" is no private key that can be read, or it has a passphrase.",
                    "Give a key in OpenSSH's format without a passphrase, for example one of ssh-keygen -t ed25519 -N"
                            + " '', or use an SSH agent.");
        }
        return keys;
    }

    private ProviderException unreachable(Exception e) {
        ProviderException problem = hostKey.problem();
        if (problem != null) {
            return problem;
        }
        return new ProviderException(
                host.name() + " port " + host.port() + " does not answer: " + reason(e) + ".",
                "Look whether the machine is on and its name, port and firewall are right; ssh -p " + host.port() + " "
                        + host.user() + "@" + host.name() + " on the machine of claude-vm's server shows the same.",
                e);
    }

    private ProviderException refused(List<KeyPair> keys, Exception e) {
        boolean said = e instanceof SshException ssh
                && ssh.getDisconnectCode() == SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE;
        if (!said) {
            return unreachable(e);
        }
        if (keys.isEmpty()) {
            return new ProviderException(
                    host.name() + " does not let " + host.user() + " in with any key of the SSH agent.",
                    "Add a key to the agent (ssh-add) whose public key is in ~/.ssh/authorized_keys there.",
                    e);
        }
        return new ProviderException(
                host.name() + " does not let " + host.user() + " in with this key.",
                "Add this line to ~/.ssh/authorized_keys of " + host.user() + " there: "
                        + PublicKeyEntry.toString(keys.getFirst().getPublic()),
                e);
    }

    static String reason(Exception e) {
        Throwable last = e;
        while (last.getCause() != null && last.getCause() != last) {
            last = last.getCause();
        }
        String message = last.getMessage();
        return message == null || message.isBlank() ? last.getClass().getSimpleName() : message;
    }
}
