package dev.claudevm.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.channel.ChannelSessionFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The SSH server that bridges dial. It knows the commands {@code enroll} and {@code hello}, those of {@link HomeService}, and
 * remote forwards; there is no shell, no file transfer and no way to connect to anything from here.
 */
@Component
class SshGateway implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(SshGateway.class);
    private static final Duration LOGIN = Duration.ofSeconds(10);

    /** What a command was told and has not read waits in memory, and there are many at once; restic has five. */
    private static final long WINDOW_BYTES = 512 * 1024;

    private final GatewaySettings settings;
    private final String hostKey;
    private final KeyPair clientKey;
    private final SshServer server;
    private final Heartbeats heartbeats;
    private final Doors doors;
    private volatile boolean running;

    /** Channels of commands, and no others. */
    private static final class Commands extends ChannelSessionFactory {
        @Override
        public Channel createChannel(Session session) {
            ChannelSession channel = new ChannelSession();
            CoreModuleProperties.WINDOW_SIZE.set(channel, WINDOW_BYTES);
            return channel;
        }
    }

    SshGateway(
            GatewaySettings settings, Enrolments enrolments, Presence presence, ObjectProvider<HomeService> services) {
        this.settings = settings;
        KeyPair host = SshKeys.loadOrMake(settings.folder().resolve("host_ed25519"));
        clientKey = SshKeys.loadOrMake(settings.folder().resolve("client_ed25519"));
        hostKey = SshKeys.text(host.getPublic());
        HomeServices homeServices = new HomeServices(services.stream().toList(), presence, enrolments);
        doors = new Doors(settings.folder().resolve("doors"), homeServices);
        heartbeats = new Heartbeats(settings.heartbeat(), settings.heartbeatTimeout());
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
        server = SshServer.setUpDefaultServer();
        server.setHost(settings.bind());
        server.setKeyPairProvider(KeyPairProvider.wrap(host));
        server.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE, UserAuthPasswordFactory.INSTANCE));
        Guard guard = new Guard(enrolments, settings.maxSessions());
        server.setPasswordAuthenticator(guard);
        server.setPublickeyAuthenticator(guard);
        server.setForwardingFilter(guard);
        server.addPortForwardingEventListener(guard);
        server.addSessionListener(guard);
        heartbeats.watch(server);
        server.addSessionListener(new Departures(presence));
        server.setShellFactory(null);
        server.setSubsystemFactories(List.of());
        server.setCommandFactory((channel, command) -> new HomeCommand(
                command, new Arrivals(enrolments, presence, http, SshKeys.text(clientKey.getPublic())), homeServices));
        server.setChannelFactories(List.of(new Commands()));
        CoreModuleProperties.AUTH_TIMEOUT.set(server, LOGIN);
        CoreModuleProperties.TCP_NODELAY.set(server, true);
        // The heartbeat decides; this only ends what never gets as far as to log in.
        CoreModuleProperties.IDLE_TIMEOUT.set(server, Duration.ofMinutes(2));
        CoreModuleProperties.MAX_AUTH_REQUESTS.set(server, 4);
        CoreModuleProperties.MAX_CONCURRENT_SESSIONS.set(server, 4);
        CoreModuleProperties.WELCOME_BANNER.set(server, null);
    }

    String address() {
        return settings.bind() + ":" + server.getPort();
    }

    Doors doors() {
        return doors;
    }

    String hostKey() {
        return hostKey;
    }

    KeyPair clientKey() {
        return clientKey;
    }

    @Override
    public void start() {
        Path portFile = settings.folder().resolve("port");
        int known = settings.port() != 0 ? settings.port() : remembered(portFile);
        try {
            try {
                server.setPort(known);
                server.start();
            } catch (BindException e) {
                if (settings.port() != 0 || known == 0) {
                    throw new IllegalStateException(
                            "Port " + known + " of the gateway is in use. Stop what uses it, or choose another one with"
                                    + " claude-vm.gateway.port.",
                            e);
                }
                log.warn(
                        "The gateway's port {} is in use by another program. Another one is taken; workspaces that run by"
                                + " now do not know it and have to be started again.",
                        known);
                server.setPort(0);
                server.start();
            }
            remember(portFile, server.getPort());
            doors.start(reachable(new InetSocketAddress(settings.bind(), server.getPort())));
        } catch (IOException e) {
            throw new UncheckedIOException("The gateway cannot listen on " + settings.bind(), e);
        }
        running = true;
        heartbeats.start();
        log.info("Gateway for workspaces on {}", address());
    }

    @Override
    public void stop() {
        running = false;
        doors.stop();
        heartbeats.stop();
        try {
            server.stop(true);
        } catch (IOException e) {
            log.warn("The gateway did not close cleanly", e);
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Before the web server (which is started last), so that whoever serves a request knows the address. */
    @Override
    public int getPhase() {
        return 0;
    }

    /** @return the same port on loopback for one that listens on every address */
    private static InetSocketAddress reachable(InetSocketAddress bound) {
        return bound.getAddress() != null && bound.getAddress().isAnyLocalAddress()
                ? new InetSocketAddress(InetAddress.getLoopbackAddress(), bound.getPort())
                : bound;
    }

    private static int remembered(Path file) {
        try {
            int port = Integer.parseInt(Files.readString(file).strip());
            return port > 0 && port < 65_536 ? port : 0;
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    private static void remember(Path file, int port) throws IOException {
        Path half = file.resolveSibling("port.new");
        Files.write(half, String.valueOf(port).getBytes(StandardCharsets.US_ASCII));
        Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
