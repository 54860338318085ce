package dev.claudevm.bridge;

import java.io.IOException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.util.List;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.cipher.Cipher;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.jspecify.annotations.Nullable;

/**
 * The workspace's SSH server on loopback: shell, exec, SFTP, port forwarding. Lets in one key only, that of the last
 * {@link #clientKey}; before there is one, nobody.
 */
final class BridgeSsh {

    /** Java is quick at this one; at what it would choose itself it is not. */
    static final List<NamedFactory<Cipher>> CIPHERS = List.of(BuiltinCiphers.aes128gcm, BuiltinCiphers.aes256gcm);

    /** Somebody may hold the output of a program for a night. */
    private static final Duration HELD_OUTPUT = Duration.ofDays(30);

    private final SshServer server = SshServer.setUpDefaultServer();
    private final KeyPair hostKey;
    private volatile @Nullable PublicKey clientKey;

    BridgeSsh(BridgeConfig config) throws IOException {
        this.hostKey = Keys.loadOrMake(config.state().resolve("ssh_host_key"));
        server.setHost("127.0.0.1");
        server.setPort(0);
        server.setNioWorkers(2);
        server.setCipherFactories(CIPHERS);
        server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
        server.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        server.setPublickeyAuthenticator((_, key, _) -> clientKey != null && KeyUtils.compareKeys(clientKey, key));
        server.setChannelFactories(List.of(
                new WorkspaceChannel.Factory(), SocketForward.toPorts(), SocketForward.toSockets(config.project())));
        server.setShellFactory(_ -> ShellCommand.login(config));
        server.setCommandFactory((_, command) -> ShellCommand.line(config, command));
        server.setSubsystemFactories(List.of(new Sftp(config)));
        server.setForwardingFilter(new WorkspaceForwards());
        CoreModuleProperties.TCP_NODELAY.set(server, true);
        CoreModuleProperties.IDLE_TIMEOUT.set(server, Duration.ZERO);
        CoreModuleProperties.WAIT_FOR_SPACE_TIMEOUT.set(server, HELD_OUTPUT);
    }

    /** @return the port on 127.0.0.1 */
    int start() throws IOException {
        Libc.letChildrenHear();
        server.start();
        return server.getPort();
    }

    String hostKey() {
        return Keys.text(hostKey.getPublic());
    }

    /** From now on this is the only key that is let in. */
    void clientKey(String openSsh) {
        clientKey = Keys.parse(openSsh);
    }

    void close() throws IOException {
        server.stop(true);
    }
}
