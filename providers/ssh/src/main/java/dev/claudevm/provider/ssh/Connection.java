package dev.claudevm.provider.ssh;

import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.ssh.SshOptions.Host;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.client.session.forward.ExplicitPortForwardingTracker;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.net.SshdSocketAddress;

/** One SSH connection to the machine, for all of its workspaces: a few commands at a time, and sockets there that lead to doors here. */
final class Connection implements AutoCloseable {

    /** OpenSSH allows ten sessions a connection, if nobody changed that. */
    private static final int CHANNELS = 6;

    private static final int KEPT_BYTES = 4 << 20;
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final String FORWARD = "streamlocal-forward@openssh.com";
    private static final String CANCEL = "cancel-streamlocal-forward@openssh.com";

    private final SshOptions options;
    private final ClientSession session;
    private final Deque<AutoCloseable> made;
    private final Map<String, Path> doors;
    private final Semaphore channels = new Semaphore(CHANNELS, true);

    private Connection(SshOptions options, ClientSession session, Deque<AutoCloseable> made, Map<String, Path> doors) {
        this.options = options;
        this.session = session;
        this.made = made;
        this.doors = doors;
    }

    /**
     * What a command said.
     *
     * @param exit its exit code
     */
    record Answer(int exit, String out, String err) {}

    /** Goes with a command. */
    interface Watch {
        /** Called several times a second by the thread that waits; what it throws ends the command. */
        void look() throws ProviderException;

        /** @return grows while the command gets on; its patience begins anew then */
        default long moved() {
            return 0;
        }
    }

    static Connection open(SshOptions options) throws ProviderException {
        Deque<AutoCloseable> made = new ArrayDeque<>();
        Map<String, Path> doors = new ConcurrentHashMap<>();
        boolean done = false;
        try {
            Host target = options.target();
            Host jump = options.jump();
            var login = new Login(options, target);
            ClientSession session;
            if (jump == null) {
                session = login.at(new InetSocketAddress(target.name(), target.port()), doors::get, made);
            } else {
                ClientSession over = new Login(options, jump)
                        .at(new InetSocketAddress(jump.name(), jump.port()), socket -> null, made);
                ExplicitPortForwardingTracker way = over.createLocalPortForwardingTracker(
                        new SshdSocketAddress("127.0.0.1", 0), new SshdSocketAddress(target.name(), target.port()));
                made.push(way);
                session = login.at(
                        new InetSocketAddress("127.0.0.1", way.getBoundAddress().getPort()), doors::get, made);
            }
            done = true;
            return new Connection(options, session, made, doors);
        } catch (IOException e) {
            throw new ProviderException(
                    "The jump host does not lead on to " + options.target().name() + ": " + Login.reason(e) + ".",
                    "Look whether its SSH server allows it (AllowTcpForwarding).",
                    e);
        } finally {
            if (!done) {
                closeAll(made);
            }
        }
    }

    boolean isOpen() {
        return session.isOpen();
    }

    /** @param lost is called once, when the connection has ended, or at once */
    void onEnd(Runnable lost) {
        session.addCloseFutureListener(future -> lost.run());
    }

    /**
     * @param command for the user's shell there
     * @param in the command's input; not closed
     * @param patience how long it may take without {@link Watch#moved}
     * @throws LostException the connection ended first
     */
    Answer run(String command, InputStream in, Duration patience, Watch watch) throws IOException, ProviderException {
        acquire(patience);
        ByteArrayOutputStream out = new Kept();
        ByteArrayOutputStream err = new Kept();
        try (ChannelExec channel = session.createExecChannel(command)) {
            channel.setIn(in);
            channel.setOut(out);
            channel.setErr(err);
            channel.open().verify(options.answer());
            await(channel, patience, watch);
            Integer exit = channel.getExitStatus();
            if (exit == null && channel.getExitSignal() == null) {
                // What ends with the connection is closed a moment before it.
                throw new LostException("the command or its input was cut off");
            }
            if (exit == null) {
                throw new IOException("the command was killed there by SIG" + channel.getExitSignal());
            }
            return new Answer(exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        } catch (IOException | IllegalStateException e) {
            if (!session.isOpen() || session.isClosing()) {
                throw new LostException(Login.reason(e));
            }
            throw e instanceof IOException io ? io : new IOException(e);
        } finally {
            channels.release();
        }
    }

    private void acquire(Duration patience) throws ProviderException {
        try {
            if (!channels.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                throw silent(patience);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted();
        }
    }

    private void await(ChannelExec channel, Duration patience, Watch watch) throws ProviderException {
        long moved = watch.moved();
        long since = System.nanoTime();
        while (true) {
            Set<ClientChannelEvent> events = channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), LOOK);
            if (events.contains(ClientChannelEvent.CLOSED)) {
                return;
            }
            if (Thread.currentThread().isInterrupted()) {
                throw interrupted();
            }
            watch.look();
            if (watch.moved() != moved) {
                moved = watch.moved();
                since = System.nanoTime();
            } else if (System.nanoTime() - since > patience.toNanos()) {
                throw silent(patience);
            }
        }
    }

    private static ProviderException interrupted() {
        return new ProviderException("Interrupted.", "Try again.");
    }

    private ProviderException silent(Duration patience) {
        return new ProviderException(
                options.target().name() + " did not answer within " + patience.toSeconds() + " s.",
                "Look whether the machine is overloaded or waits for a disk, and try again.");
    }

    /** @return whether a socket there was asked for by this connection */
    boolean leads(String socket) {
        return session.isOpen() && doors.containsKey(socket);
    }

    /**
     * Has the machine's SSH server make a socket, only for its user, that leads to one here.
     *
     * @param socket a path on the machine where nothing is
     * @param door the socket here
     */
    void forward(String socket, Path door) throws IOException, ProviderException {
        doors.put(socket, door);
        if (!request(FORWARD, socket)) {
            doors.remove(socket);
            throw new ProviderException(
                    "The SSH server of " + options.target().name()
                            + " does not let sockets be forwarded, so no workspace" + " could come home from there.",
                    "Set \"AllowStreamLocalForwarding yes\" in its sshd_config (and no \"DisableForwarding\"), and"
                            + " look that the key in authorized_keys is not restricted.");
        }
    }

    void cancel(String socket) throws IOException {
        if (doors.remove(socket) != null) {
            boolean _ = request(CANCEL, socket);
        }
    }

    private boolean request(String what, String socket) throws IOException {
        try {
            Buffer buffer = session.createBuffer(SshConstants.SSH_MSG_GLOBAL_REQUEST);
            buffer.putString(what);
            buffer.putBoolean(true);
            buffer.putString(socket);
            return session.request(what, buffer, options.answer()) != null;
        } catch (IOException | IllegalStateException e) {
            if (!session.isOpen() || session.isClosing()) {
                throw new LostException(Login.reason(e));
            }
            throw e instanceof IOException io ? io : new IOException(e);
        }
    }

    @Override
    public void close() {
        closeAll(made);
    }

    private static void closeAll(Deque<AutoCloseable> made) {
        for (AutoCloseable one : made) {
            try {
                one.close();
            } catch (Exception e) {
                // It is gone either way.
            }
        }
    }

    /** Output up to a bound; what is more is dropped. */
    private static final class Kept extends ByteArrayOutputStream {
        @Override
        public synchronized void write(byte[] bytes, int from, int length) {
            super.write(bytes, from, Math.min(length, KEPT_BYTES - count));
        }

        @Override
        public synchronized void write(int b) {
            if (count < KEPT_BYTES) {
                super.write(b);
            }
        }
    }
}
