package dev.claudevm.gateway;

import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;

/** Takes a workspace offline when its session ends, for whatever reason. */
class Departures implements SessionListener {

    private final Presence presence;

    Departures(Presence presence) {
        this.presence = presence;
    }

    @Override
    public void sessionClosed(Session session) {
        String user = session.getUsername();
        if (user != null) {
            presence.left(session, user);
        }
    }
}
