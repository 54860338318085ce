package dev.claudevm.gateway;

import java.time.Duration;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.util.Readable;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.session.ServerSessionImpl;
import org.apache.sshd.server.session.SessionFactory;

/** A connection that knows for how long nothing came. */
final class HeardSession extends ServerSessionImpl {

    private volatile long heard = System.nanoTime();

    private HeardSession(SshServer server, IoSession io) throws Exception {
        super(server, io);
    }

    /** From now on {@code server}'s connections are of this kind. */
    static void of(SshServer server) {
        server.setSessionFactory(new SessionFactory(server) {
            @Override
            protected ServerSessionImpl doCreateSession(IoSession io) throws Exception {
                return new HeardSession(server, io);
            }
        });
    }

    Duration silence() {
        return Duration.ofNanos(System.nanoTime() - heard);
    }

    @Override
    public void messageReceived(Readable buffer) throws Exception {
        heard = System.nanoTime();
        super.messageReceived(buffer);
    }
}
