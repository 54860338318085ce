package dev.claudevm.gateway;

import dev.claudevm.protocol.Bridge;
import java.net.http.HttpClient;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Set;
import org.apache.sshd.server.session.ServerSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides over {@code enroll} and {@code hello}. */
class Arrivals {

    private static final Logger log = LoggerFactory.getLogger(Arrivals.class);

    private static final Duration WELCOME = Duration.ofSeconds(10);

    private final Enrolments enrolments;
    private final Presence presence;
    private final HttpClient http;
    private final String clientKey;

    /** @param clientKey the key that the control plane will show to the workspace's SSH server */
    Arrivals(Enrolments enrolments, Presence presence, HttpClient http, String clientKey) {
        this.enrolments = enrolments;
        this.presence = presence;
        this.http = http;
        this.clientKey = clientKey;
    }

    /** Someone was refused; the other end may know why. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;
        private final Bridge.Refusal refusal;

        Refused(String error, String todo) {
            super(error);
            refusal = new Bridge.Refusal(error, todo);
        }

        Bridge.Refusal refusal() {
            return refusal;
        }
    }

    void enroll(ServerSession session, Bridge.Enroll enroll) throws Refused {
        String token = session.getAttribute(Guard.TOKEN);
        if (token == null) {
            throw refused(session, "enrolment without a token", "Log in with the one-time token.");
        }
        String workspace = session.getUsername();
        if (!workspace.equals(enroll.workspaceId())) {
            throw refused(session, "the token is not of this workspace", "Start the workspace again.");
        }
        PublicKey key = enroll.publicKey() == null ? null : SshKeys.parse(enroll.publicKey());
        if (key == null) {
            throw refused(session, "that is no ed25519 key in OpenSSH's format", "Send \"ssh-ed25519 …\".");
        }
        if (!enrolments.trade(workspace, enroll.generation(), token, SshKeys.text(key))) {
            throw refused(
                    session,
                    "the token was used before, or is of an older start",
                    "Start the workspace again: claude-vm workspace up " + workspace);
        }
        // Whoever has traded the token could come again with the key: the way to log in once more is spared.
        session.removeAttribute(Guard.TOKEN);
        log.info("{}: enrolled, generation {}", workspace, enroll.generation());
    }

    /** What a bridge that came home gets, and the client to it. */
    record Arrival(Bridge.Welcome welcome, BridgeClient client) {}

    Arrival hello(ServerSession session, Bridge.Hello hello) throws Refused {
        if (session.getAttribute(Guard.TOKEN) != null) {
            throw refused(session, "hello before the token was traded", "Enrol first, or log in with the key.");
        }
        String workspace = session.getUsername();
        if (!workspace.equals(hello.workspaceId())) {
            throw refused(session, "the key is not of this workspace", "Start the workspace again.");
        }
        Enrolments.Enrolment enrolment = enrolments
                .find(workspace)
                .orElseThrow(() -> refused(session, "the workspace is gone", "Nothing; this bridge may end."));
        long newest = enrolment.generation();
        if (hello.generation() != newest) {
            throw refused(session, "a newer start of this workspace is known", "Nothing; this bridge may end.");
        }
        // Any other port would make the control plane talk to somebody else on this machine.
        Set<Integer> own = Guard.ports(session);
        if (!own.contains(hello.httpPort()) || !own.contains(hello.sshPort()) || hello.httpPort() == hello.sshPort()) {
            throw refused(
                    session, "those ports are not forwards of this connection", "Ask for two remote forwards first.");
        }
        String token = Secrets.token();
        BridgeClient client =
                new BridgeClient(http, workspace, newest, hello.httpPort(), hello.sshPort(), hello.sshHostKey(), token);
        return new Arrival(new Bridge.Welcome(token, clientKey, enrolment.restoring()), client);
    }

    /** After the bridge was sent its welcome. Blocks until it has read it: who hears that it is online asks it something at once. */
    void arrived(ServerSession session, Arrival arrival) {
        BridgeClient client = arrival.client();
        if (!client.awaitWelcomed(WELCOME, session::isOpen)) {
            log.warn("{}: it was welcomed and does not answer; its connection is closed", client.workspaceId());
            session.close(true);
        } else if (!stillTrue(arrival)) {
            log.info("{}: its welcome is not true any more; its connection is closed", client.workspaceId());
            session.close(true);
        } else {
            presence.arrived(session, client);
        }
    }

    private boolean stillTrue(Arrival arrival) {
        return enrolments
                .find(arrival.client().workspaceId())
                .filter(now -> now.generation() == arrival.client().generation()
                        && Boolean.valueOf(now.restoring())
                                .equals(arrival.welcome().restoring()))
                .isPresent();
    }

    private static Refused refused(ServerSession session, String error, String todo) {
        log.warn("Refused \"{}\" from {}: {}", session.getUsername(), session.getClientAddress(), error);
        return new Refused(error, todo);
    }
}
