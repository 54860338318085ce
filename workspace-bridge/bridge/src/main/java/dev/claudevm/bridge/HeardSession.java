package dev.claudevm.bridge;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.client.session.ClientSessionImpl;
import org.apache.sshd.client.session.SessionFactory;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.util.Readable;

/** A connection that knows for how long nothing came. */
final class HeardSession extends ClientSessionImpl {

    private static final Duration LOOK = Duration.ofMillis(500);

    private volatile long heard = System.nanoTime();

    private HeardSession(SshClient client, IoSession io) throws Exception {
        super(client, io);
    }

    /** From now on {@code client}'s connections are of this kind. */
    static void of(SshClient client) {
        client.setSessionFactory(new SessionFactory(client) {
            @Override
            protected ClientSessionImpl doCreateSession(IoSession io) throws Exception {
                return new HeardSession(client, io);
            }
        });
    }

    @Override
    public void messageReceived(Readable buffer) throws Exception {
        heard = System.nanoTime();
        super.messageReceived(buffer);
    }

    /**
     * Returns when it has ended.
     *
     * @throws IOException nothing came for {@code longest}, though the other end was asked
     */
    void awaitEnd(Duration longest) throws IOException {
        while (!waitFor(EnumSet.of(ClientSession.ClientSessionEvent.CLOSED), LOOK)
                .contains(ClientSession.ClientSessionEvent.CLOSED)) {
            if (System.nanoTime() - heard > longest.toNanos()) {
                // At once: nobody is there who would hear a goodbye, and a new connection waits for this end.
                close(true);
                throw new IOException("nothing was heard for " + longest.toSeconds() + " s");
            }
        }
    }
}
