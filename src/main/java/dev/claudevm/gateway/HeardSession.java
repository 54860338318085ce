package dev.claudevm.gateway;

import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.util.Readable;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.session.ServerSessionImpl;
import org.apache.sshd.server.session.SessionFactory;

/** A connection that knows whether something came. */
final class HeardSession extends ServerSessionImpl {

    private final AtomicBoolean heard = new AtomicBoolean(true);

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

    /** @return whether something came since this was asked last */
    boolean heard() {
        return heard.getAndSet(false);
    }

    @Override
    public void messageReceived(Readable buffer) throws Exception {
        heard.set(true);
        super.messageReceived(buffer);
    }
}
