package dev.claudevm.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.sshd.client.channel.ChannelDirectTcpip;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannel;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.apache.sshd.core.CoreModuleProperties;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Service;

/**
 * Runs programs in connected workspaces and connects to what listens there, through the bridge's SSH server. One
 * connection a workspace carries all of them; it is made when it is needed and ends with the bridge's. Calls block; use
 * virtual threads.
 */
@Service
public class WorkspaceSsh implements DisposableBean {

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final int MAX_ANSWER_BYTES = 256 * 1024;

    /** What may be under way of one program's output before its reader has taken it. */
    private static final long WINDOW_BYTES = 128 * 1024;

    private final Gateway gateway;
    private final BridgeDialer dialer;
    private final Map<String, Line> lines = new ConcurrentHashMap<>();
    private final ReentrantLock starting = new ReentrantLock();

    WorkspaceSsh(Gateway gateway) {
        this.gateway = gateway;
        dialer = gateway.dialer();
        dialer.client().setNioWorkers(2);
        CoreModuleProperties.WINDOW_SIZE.set(dialer.client(), WINDOW_BYTES);
    }

    /** The connection to one workspace; the lock is held while it is made. */
    private static final class Line {
        final ReentrantLock lock = new ReentrantLock();

        @Nullable
        BridgeClient bridge;

        @Nullable
        ClientSession session;
    }

    /** What a program said (both streams, UTF-8) and how it ended. */
    public record Answer(int exitCode, String text) {}

    /**
     * Runs a shell command in the project's folder and waits for its end.
     *
     * @throws BridgeException when the workspace is not connected, is cut off, takes longer than {@code patience}, or says
     *     more than 256 kB
     */
    public Answer run(String workspaceId, String command, Duration patience) throws BridgeException {
        try (ChannelExec channel = session(workspaceId).createExecChannel(command)) {
            channel.setRedirectErrorStream(true);
            channel.open().verify(CONNECT);
            channel.getInvertedIn().close();
            Thread watch = Thread.ofVirtual().start(() -> {
                if (channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), patience)
                        .contains(ClientChannelEvent.TIMEOUT)) {
                    channel.close(true);
                }
            });
            byte[] said;
            try (InputStream out = channel.getInvertedOut()) {
                said = out.readNBytes(MAX_ANSWER_BYTES + 1);
            }
            if (said.length > MAX_ANSWER_BYTES) {
                throw new BridgeException(
                        BridgeException.Kind.REFUSED, "A program in " + workspaceId + " answers without end.");
            }
            channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), patience);
            watch.interrupt();
            Integer code = channel.getExitStatus();
            if (code == null) {
                throw unreachable(workspaceId, null);
            }
            return new Answer(code, new String(said, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw unreachable(workspaceId, e);
        }
    }

    /**
     * Starts a shell command with a terminal, in the project's folder.
     *
     * @throws BridgeException when the workspace is not connected or does not answer
     */
    public WorkspaceTerminal terminal(String workspaceId, String command, int columns, int rows)
            throws BridgeException {
        ClientSession session = session(workspaceId);
        try {
            ChannelExec channel = session.createExecChannel(command);
            channel.setUsePty(true);
            channel.setPtyType("xterm-256color");
            channel.setPtyColumns(columns);
            channel.setPtyLines(rows);
            channel.setRedirectErrorStream(true);
            try {
                channel.open().verify(CONNECT);
            } catch (IOException e) {
                channel.close(true);
                throw e;
            }
            return new WorkspaceTerminal(session, channel);
        } catch (IOException e) {
            throw unreachable(workspaceId, e);
        }
    }

    /**
     * Connects to a port of the workspace's loopback: IPv4 first, then IPv6, as programs listen on either.
     *
     * @throws BridgeException {@code UNKNOWN} when nothing listens there, else when the workspace is not connected or does
     *     not answer
     */
    public WorkspaceSocket connect(String workspaceId, int port) throws BridgeException {
        ClientSession session = session(workspaceId);
        try {
            return open(session, "127.0.0.1", port);
        } catch (SshChannelOpenException refused) {
            try {
                return open(session, "::1", port);
            } catch (SshChannelOpenException alsoRefused) {
                throw new BridgeException(
                        BridgeException.Kind.UNKNOWN, "Nothing listens on port " + port + " in " + workspaceId + ".");
            } catch (IOException e) {
                throw unreachable(workspaceId, e);
            }
        } catch (IOException e) {
            throw unreachable(workspaceId, e);
        }
    }

    private static WorkspaceSocket open(ClientSession session, String host, int port) throws IOException {
        ChannelDirectTcpip channel = session.createDirectTcpipChannel(
                new SshdSocketAddress("127.0.0.1", 0), new SshdSocketAddress(host, port));
        try {
            channel.open().verify(CONNECT);
        } catch (IOException e) {
            channel.close(true);
            throw e.getCause() instanceof SshChannelOpenException refused ? refused : e;
        }
        return new WorkspaceSocket(channel);
    }

    private ClientSession session(String workspaceId) throws BridgeException {
        BridgeClient bridge = gateway.bridge(workspaceId)
                .orElseThrow(() -> new BridgeException(
                        BridgeException.Kind.UNREACHABLE, "Workspace \"" + workspaceId + "\" is not connected."));
        Line line = lines.computeIfAbsent(workspaceId, _ -> new Line());
        line.lock.lock();
        try {
            ClientSession known = line.session;
            if (known != null && known.isOpen() && line.bridge == bridge) {
                return known;
            }
            if (known != null) {
                known.close(true);
            }
            start();
            ClientSession made = dialer.connect(bridge, _ -> {});
            line.session = made;
            line.bridge = bridge;
            return made;
        } catch (IOException e) {
            throw unreachable(workspaceId, e);
        } finally {
            line.lock.unlock();
        }
    }

    /** Only when it is needed, so that the server is up sooner. */
    private void start() {
        starting.lock();
        try {
            if (!dialer.client().isStarted()) {
                dialer.client().start();
            }
        } finally {
            starting.unlock();
        }
    }

    private static BridgeException unreachable(String workspaceId, @Nullable IOException cause) {
        String words = "The SSH server of " + workspaceId + " does not answer.";
        return cause == null
                ? new BridgeException(BridgeException.Kind.UNREACHABLE, words)
                : new BridgeException(BridgeException.Kind.UNREACHABLE, words, cause);
    }

    @EventListener
    void on(PresenceChanged changed) {
        Line line = lines.get(changed.workspaceId());
        if (line == null || changed.online()) {
            return;
        }
        line.lock.lock();
        try {
            ClientSession session = line.session;
            if (session != null
                    && line.bridge != gateway.bridge(changed.workspaceId()).orElse(null)) {
                session.close(true);
                lines.remove(changed.workspaceId(), line);
            }
        } finally {
            line.lock.unlock();
        }
    }

    @Override
    public void destroy() {
        dialer.client().stop();
    }

    /** @return whether the channel has ended with a code, waiting a moment for it */
    static @Nullable Integer exitCode(ClientChannel channel, Duration patience) {
        channel.waitFor(EnumSet.of(ClientChannelEvent.EXIT_STATUS, ClientChannelEvent.CLOSED), patience);
        return channel.getExitStatus();
    }
}
