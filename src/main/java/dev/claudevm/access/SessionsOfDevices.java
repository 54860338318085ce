package dev.claudevm.access;

import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionListener;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Which Flow session belongs to which device: a revoked device's open pages are closed, not only its next requests. */
@Component
class SessionsOfDevices implements HttpSessionListener {

    private static final String OWNER = SessionsOfDevices.class.getName();

    private final Map<String, HttpSession> bySessionId = new ConcurrentHashMap<>();

    /** @return false when the session belongs to somebody else */
    boolean bind(HttpSession session, Caller caller) {
        Object owner = session.getAttribute(OWNER);
        if (owner == null) {
            session.setAttribute(OWNER, caller.credentialId());
            bySessionId.put(session.getId(), session);
            return true;
        }
        return owner.equals(caller.credentialId());
    }

    @Override
    public void sessionDestroyed(HttpSessionEvent event) {
        bySessionId.remove(event.getSession().getId());
    }

    @EventListener
    void on(AccessRevoked revoked) {
        bySessionId.values().forEach(session -> {
            try {
                if (revoked.credentialId().equals(session.getAttribute(OWNER))) {
                    session.invalidate();
                }
            } catch (IllegalStateException e) {
                bySessionId.remove(session.getId()); // ended in the meantime
            }
        });
    }
}
