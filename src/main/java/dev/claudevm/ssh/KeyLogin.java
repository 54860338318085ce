package dev.claudevm.ssh;

import java.io.IOException;
import java.security.PublicKey;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.server.auth.pubkey.PublickeyAuthenticator;
import org.apache.sshd.server.session.ServerSession;
import org.apache.sshd.server.session.ServerUserAuthService;
import org.apache.sshd.server.session.ServerUserAuthServiceFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The login by a registered key. Wrong keys are answered ever more slowly; the right one leads to the {@link Entrance},
 * which may take its time. While an answer is being waited for, a client has nothing to say.
 */
final class KeyLogin extends ServerUserAuthServiceFactory implements PublickeyAuthenticator {

    private static final Logger log = LoggerFactory.getLogger(KeyLogin.class);

    /** Somebody with a few keys in an agent is not made to wait; the first refusal is that of "no key at all". */
    private static final int FREE_FAILURES = 4;

    private static final long FIRST_DELAY_MILLIS = 500;
    private static final int MOST_DOUBLINGS = 4;

    /** A registered key, and as whom its owner wants to come in. */
    private record Offer(SshKeyRepository.Owned key, String user) {}

    /** What the client offered last; verified only when the session says so. */
    private static final AttributeKey<Offer> OFFER = new AttributeKey<>();

    private final SshKeyRing keys;
    private final Entrance entrance;

    KeyLogin(SshKeyRing keys, Entrance entrance) {
        this.keys = keys;
        this.entrance = entrance;
    }

    @Override
    public boolean authenticate(String user, PublicKey key, ServerSession session) {
        SshKeyRepository.Owned owned = keys.find(PublicKeys.fingerprint(key)).orElse(null);
        if (owned == null) {
            session.removeAttribute(OFFER);
            return false;
        }
        session.setAttribute(OFFER, new Offer(owned, user));
        return true;
    }

    @Override
    public ServerUserAuthService create(Session session) throws IOException {
        return new Patient((ServerSession) session);
    }

    private final class Patient extends ServerUserAuthService {

        private final ServerSession session;
        private boolean waiting;
        private int failures;

        Patient(ServerSession session) throws IOException {
            super(session);
            this.session = session;
        }

        @Override
        public synchronized void process(int message, Buffer buffer) throws Exception {
            if (waiting) {
                session.disconnect(SshConstants.SSH2_DISCONNECT_PROTOCOL_ERROR, "Not now.");
                return;
            }
            super.process(message, buffer);
        }

        @Override
        protected void handleAuthenticationSuccess(int message, Buffer buffer) {
            Offer offer = session.getAttribute(OFFER);
            later(message, () -> offer != null && entrance.admit(session, offer.key(), offer.user()));
        }

        @Override
        protected void handleAuthenticationFailure(int message, Buffer buffer) throws Exception {
            failures++;
            if (failures <= FREE_FAILURES) {
                super.handleAuthenticationFailure(message, buffer);
                return;
            }
            log.info("{} offers one unknown key after the other", session.getClientAddress());
            Duration delay =
                    Duration.ofMillis(FIRST_DELAY_MILLIS << Math.min(failures - FREE_FAILURES - 1, MOST_DOUBLINGS));
            later(message, () -> {
                Thread.sleep(delay);
                return false;
            });
        }

        private void later(int message, Callable<Boolean> decision) {
            waiting = true;
            Thread.ofVirtual().name("ssh login").start(() -> {
                boolean in = false;
                try {
                    in = decision.call();
                } catch (Exception e) {
                    log.warn("A login from {} was not decided", session.getClientAddress(), e);
                }
                answer(message, in);
            });
        }

        private synchronized void answer(int message, boolean in) {
            waiting = false;
            if (!session.isOpen()) {
                return;
            }
            try {
                if (in) {
                    super.handleAuthenticationSuccess(message, new ByteArrayBuffer());
                } else {
                    super.handleAuthenticationFailure(message, new ByteArrayBuffer());
                }
            } catch (Exception e) {
                log.warn("A login from {} could not be answered", session.getClientAddress(), e);
                session.close(true);
            }
        }
    }
}
