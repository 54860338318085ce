package dev.claudevm.ssh;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts those who have not said who they are, over all and by address, so that they cannot keep others out; and the
 * connections of each person. Safe for use by many threads.
 */
final class Doors implements SessionListener {

    private static final Logger log = LoggerFactory.getLogger(Doors.class);

    /** The address under which a session counts as a stranger. */
    private static final AttributeKey<String> STRANGER = new AttributeKey<>();

    /** The person for whom a session counts. */
    private static final AttributeKey<String> PERSON = new AttributeKey<>();

    private final int maxStrangers;
    private final int maxStrangersOfOne;
    private final int maxConnections;
    private final Map<String, Integer> byAddress = new HashMap<>();
    private final Map<String, Integer> byPerson = new HashMap<>();
    private int strangers;

    Doors(SshSettings settings) {
        maxStrangers = settings.maxStrangers();
        maxStrangersOfOne = settings.maxStrangersOfOne();
        maxConnections = settings.maxConnections();
    }

    @Override
    public void sessionCreated(Session session) {
        String address = address(session);
        synchronized (this) {
            if (strangers < maxStrangers && byAddress.getOrDefault(address, 0) < maxStrangersOfOne) {
                strangers++;
                byAddress.merge(address, 1, Integer::sum);
                session.setAttribute(STRANGER, address);
                return;
            }
        }
        log.warn("Too many connections that do not log in; one from {} is closed", address);
        session.close(true);
    }

    /** The session is a known person's from now on. @return false: that person has too many */
    synchronized boolean enter(Session session, String userId) {
        if (byPerson.getOrDefault(userId, 0) >= maxConnections) {
            return false;
        }
        byPerson.merge(userId, 1, Integer::sum);
        session.setAttribute(PERSON, userId);
        noStranger(session);
        if (session.isClosed()) {
            sessionClosed(session);
        }
        return true;
    }

    @Override
    public synchronized void sessionClosed(Session session) {
        noStranger(session);
        String person = session.removeAttribute(PERSON);
        if (person != null) {
            byPerson.computeIfPresent(person, (_, count) -> count == 1 ? null : count - 1);
        }
    }

    private void noStranger(Session session) {
        String address = session.removeAttribute(STRANGER);
        if (address != null) {
            strangers--;
            byAddress.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
        }
    }

    private static String address(Session session) {
        return session.getRemoteAddress() instanceof InetSocketAddress from && from.getAddress() != null
                ? from.getAddress().getHostAddress()
                : "?";
    }
}
