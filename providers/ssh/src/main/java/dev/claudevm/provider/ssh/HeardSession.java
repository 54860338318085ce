package dev.claudevm.provider.ssh;

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

    /** Ends it when nothing comes for {@code longest}, though the other end is asked. */
    void endWhenSilent(Duration longest) {
        Thread.ofVirtual().name("ssh silence").start(() -> {
            while (!waitFor(EnumSet.of(ClientSession.ClientSessionEvent.CLOSED), LOOK)
                    .contains(ClientSession.ClientSessionEvent.CLOSED)) {
                if (System.nanoTime() - heard > longest.toNanos()) {
                    close(true);
                }
            }
        });
    }
}
