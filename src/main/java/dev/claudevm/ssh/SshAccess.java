package dev.claudevm.ssh;

import dev.claudevm.gateway.Gateway;
import dev.claudevm.gateway.Heartbeats;
import dev.claudevm.gateway.SshKeys;
import dev.claudevm.workspace.WorkspaceService;
import java.io.IOException;
import java.net.BindException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import org.apache.sshd.common.Service;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.forward.RejectAllForwardingFilter;
import org.apache.sshd.server.session.AbstractServerSession;
import org.apache.sshd.server.session.ServerConnectionServiceFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * The SSH server for people: {@code ssh <workspace>@<this>}. It knows who somebody is and to which workspace they want;
 * everything else is between them and that workspace. From here no connection leads anywhere but to bridges.
 */
@Component
class SshAccess implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(SshAccess.class);

    private final SshSettings settings;
    private final BridgeDoor bridges;
    private final Relays relays;
    private final SshServer server = SshServer.setUpDefaultServer();
    private final Heartbeats heartbeats;
    private final @Nullable String hostKey;
    private volatile boolean running;

    SshAccess(SshSettings settings, Gateway gateway, WorkspaceService workspaces, SshKeyRing keys, SshLogins logins) {
        this.settings = settings;
        heartbeats = new Heartbeats(settings.heartbeat(), settings.heartbeat());
        bridges = new BridgeDoor(gateway);
        relays = new Relays(logins, workspaces);
        if (!settings.enabled()) {
            hostKey = null;
            return;
        }
        KeyPair host = SshKeys.loadOrMake(settings.folder().resolve("host_ed25519"));
        hostKey = SshKeys.text(host.getPublic());
        Doors doors = new Doors(settings);
        KeyLogin login = new KeyLogin(keys, new Entrance(settings, doors, workspaces, bridges, relays, keys));
        server.setHost(settings.bind());
        server.setKeyPairProvider(KeyPairProvider.wrap(host));
        server.setCipherFactories(BridgeDoor.CIPHERS);
        server.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        server.setPublickeyAuthenticator(login);
        server.setShellFactory(null);
        server.setCommandFactory(null);
        server.setSubsystemFactories(List.of());
        server.setForwardingFilter(RejectAllForwardingFilter.INSTANCE);
        server.setServiceFactories(List.of(login, new ServerConnectionServiceFactory() {
            @Override
            public Service create(Session session) throws IOException {
                return new PersonSide((AbstractServerSession) session);
            }
        }));
        server.addSessionListener(doors);
        heartbeats.watch(server);
        CoreModuleProperties.AUTH_TIMEOUT.set(server, settings.grace());
        CoreModuleProperties.TCP_NODELAY.set(server, true);
        CoreModuleProperties.IDLE_TIMEOUT.set(server, Duration.ZERO);
        CoreModuleProperties.MAX_AUTH_REQUESTS.set(server, settings.maxAttempts());
        CoreModuleProperties.WELCOME_BANNER.set(server, null);
        CoreModuleProperties.SERVER_IDENTIFICATION.set(server, "claude-vm");
    }

    /**
     * Where clients find it.
     *
     * @param host null: the name by which they reach the web server
     * @param local it listens on the loopback of the server's machine, where nobody else comes
     * @param why it is not there; null when it is
     */
    record Where(
            boolean enabled,
            @Nullable String host,
            int port,
            boolean local,
            @Nullable String hostKey,
            @Nullable String why) {}

    Where where() {
        return running
                ? new Where(true, settings.host(), server.getPort(), settings.isLocal(), hostKey, null)
                : new Where(
                        false,
                        null,
                        0,
                        settings.isLocal(),
                        null,
                        "SSH is switched off on this server. Remove \"ssh: {enabled: false}\" from its config.yaml.");
    }

    @EventListener
    void onRemoved(SshKeyRing.Removed removed) {
        relays.endThoseOf(removed.fingerprint());
    }

    @Override
    public void start() {
        if (!settings.enabled()) {
            return;
        }
        bridges.start();
        try {
            listen();
        } catch (IOException e) {
            bridges.stop();
            throw new IllegalStateException(
                    "The SSH server cannot listen on " + settings.bind() + " port " + server.getPort() + ": "
                            + e.getMessage() + ". Choose another one in config.yaml, for example ssh: {port: 2200}.",
                    e);
        }
        heartbeats.start();
        running = true;
        log.info("SSH for people on {}:{}", settings.bind(), server.getPort());
    }

    private void listen() throws IOException {
        Path file = settings.folder().resolve("port");
        Integer asked = settings.port();
        int wanted =
                asked != null && asked != 0 ? asked : remembered(file, asked == null ? SshSettings.DEFAULT_PORT : 0);
        server.setPort(wanted);
        try {
            server.start();
        } catch (BindException e) {
            if (asked != null && asked != 0) {
                throw e;
            }
            log.warn("Port {} for SSH is in use by another program; another one is taken", wanted);
            server.setPort(0);
            server.start();
        }
        Files.writeString(file, String.valueOf(server.getPort()), StandardCharsets.US_ASCII);
    }

    /** The same as last time, so that what clients wrote down stays true. */
    private static int remembered(Path file, int otherwise) {
        try {
            int port = Integer.parseInt(Files.readString(file).strip());
            return port > 0 && port < 65_536 ? port : otherwise;
        } catch (IOException | NumberFormatException e) {
            return otherwise;
        }
    }

    @Override
    public void stop() {
        if (!running) {
            return;
        }
        running = false;
        heartbeats.stop();
        relays.endAll("The server is stopping. Workspaces go on; connect again when it is back.");
        try {
            server.stop(true);
        } catch (IOException e) {
            log.warn("The SSH server did not close cleanly", e);
        }
        bridges.stop();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** After the gateway, and before it when all is stopped. */
    @Override
    public int getPhase() {
        return 1;
    }
}
