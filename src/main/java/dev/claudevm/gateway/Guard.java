package dev.claudevm.gateway;

import java.security.PublicKey;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.forward.PortForwardingEventListener;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.apache.sshd.server.auth.password.PasswordAuthenticator;
import org.apache.sshd.server.auth.pubkey.PublickeyAuthenticator;
import org.apache.sshd.server.forward.ForwardingFilter;
import org.apache.sshd.server.session.ServerSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may do what on the gateway: a token may only enrol; the key of a workspace's newest generation, and who has just enrolled it,
 * may open two remote forwards on loopback. Refusals are logged with who came from where, never with what they knew.
 */
class Guard
        implements PasswordAuthenticator,
                PublickeyAuthenticator,
                ForwardingFilter,
                PortForwardingEventListener,
                SessionListener {

    private static final Logger log = LoggerFactory.getLogger(Guard.class);
    private static final int MAX_FORWARDS = 2;

    /** Set on a session that came with a token and has not traded it yet: the token. */
    static final AttributeKey<String> TOKEN = new AttributeKey<>();

    /** Ports on our side that this session has opened. */
    private static final AttributeKey<Set<Integer>> PORTS = new AttributeKey<>();

    private final Enrolments enrolments;
    private final int maxSessions;
    private final AtomicInteger sessions = new AtomicInteger();

    Guard(Enrolments enrolments, int maxSessions) {
        this.enrolments = enrolments;
        this.maxSessions = maxSessions;
    }

    /** @return the ports on our side that lead to the other end of this session */
    static Set<Integer> ports(Session session) {
        Set<Integer> ports = session.getAttribute(PORTS);
        return ports == null ? Set.of() : ports;
    }

    @Override
    public boolean authenticate(String user, String token, ServerSession session) {
        String refusal = enrolments.refuses(user, token);
        if (refusal != null) {
            log.warn("Refused to enrol \"{}\" from {}: {}", shown(user), session.getClientAddress(), refusal);
            return false;
        }
        session.setAttribute(TOKEN, token);
        return true;
    }

    @Override
    public boolean authenticate(String user, PublicKey key, ServerSession session) {
        String enrolled =
                enrolments.find(user).map(Enrolments.Enrolment::publicKey).orElse(null);
        PublicKey expected = enrolled == null ? null : SshKeys.parse(enrolled);
        boolean known = expected != null && SshKeys.same(expected, key);
        if (!known) {
            log.warn(
                    "Refused a key for \"{}\" from {}: not the key of its newest start",
                    shown(user),
                    session.getClientAddress());
        }
        return known;
    }

    @Override
    public boolean canListen(SshdSocketAddress address, Session session) {
        boolean allowed = session.isAuthenticated()
                && session.getAttribute(TOKEN) == null
                && address.getPort() == 0
                && address.getHostName().equals("127.0.0.1")
                && ports(session).size() < MAX_FORWARDS;
        if (!allowed) {
            log.warn("Refused a forward of \"{}\" to {}", shown(session.getUsername()), address);
        }
        return allowed;
    }

    @Override
    public boolean canConnect(Type type, SshdSocketAddress address, Session session) {
        log.warn("Refused a connection of \"{}\" to {}", shown(session.getUsername()), address);
        return false;
    }

    @Override
    public boolean canForwardAgent(Session session, String requestType) {
        return false;
    }

    @Override
    public boolean canForwardX11(Session session, String requestType) {
        return false;
    }

    @Override
    public void establishedExplicitTunnel(
            Session session,
            SshdSocketAddress local,
            @Nullable SshdSocketAddress remote,
            boolean localForwarding,
            @Nullable SshdSocketAddress bound,
            @Nullable Throwable reason) {
        if (bound != null && reason == null) {
            session.computeAttributeIfAbsent(PORTS, key -> ConcurrentHashMap.newKeySet())
                    .add(bound.getPort());
        }
    }

    @Override
    public void sessionCreated(Session session) {
        if (sessions.incrementAndGet() > maxSessions) {
            log.warn("More than {} connections; one from {} is closed", maxSessions, session.getRemoteAddress());
            session.close(true);
        }
    }

    @Override
    public void sessionClosed(Session session) {
        sessions.decrementAndGet();
    }

    /** A stranger chooses this text, and it goes into a log. */
    private static String shown(@Nullable String user) {
        if (user == null) {
            return "";
        }
        String plain = user.replaceAll("[^A-Za-z0-9._-]", "?");
        return plain.length() > 64 ? plain.substring(0, 64) : plain;
    }
}
