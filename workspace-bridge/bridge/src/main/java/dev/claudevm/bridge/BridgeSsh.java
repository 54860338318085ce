package dev.claudevm.bridge;

import java.io.IOException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.List;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.forward.AcceptAllForwardingFilter;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;
import org.jspecify.annotations.Nullable;

/**
 * The workspace's SSH server on loopback: shell, exec, SFTP, port forwarding. Lets in one key only, that of the last
 * {@link #clientKey}; before there is one, nobody.
 */
final class BridgeSsh {

    private final SshServer server = SshServer.setUpDefaultServer();
    private final KeyPair hostKey;
    private volatile @Nullable PublicKey clientKey;

    BridgeSsh(BridgeConfig config) throws IOException {
        this.hostKey = Keys.loadOrMake(config.state().resolve("ssh_host_key"));
        server.setHost("127.0.0.1");
        server.setPort(0);
        server.setNioWorkers(2);
        server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
        server.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        server.setPublickeyAuthenticator((_, key, _) -> clientKey != null && KeyUtils.compareKeys(clientKey, key));
        server.setShellFactory(_ -> new ShellCommand(config, null));
        server.setCommandFactory((_, command) -> new ShellCommand(config, command));
        server.setSubsystemFactories(List.of(new SftpSubsystemFactory()));
        server.setForwardingFilter(AcceptAllForwardingFilter.INSTANCE);
    }

    /** @return the port on 127.0.0.1 */
    int start() throws IOException {
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
