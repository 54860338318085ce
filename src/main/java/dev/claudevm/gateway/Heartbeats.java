package dev.claudevm.gateway;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.util.buffer.Buffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks each connection for a sign of life, so that a half-open one (the network swallows everything) is noticed within
 * interval plus timeout. Whatever the other end answers will do, a refusal too.
 */
public class Heartbeats implements SessionListener {

    private static final Logger log = LoggerFactory.getLogger(Heartbeats.class);
    private static final String REQUEST = "keepalive@openssh.com";

    private final Duration interval;
    private final Duration timeout;
    private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
    private final Set<Session> asked = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Thread thread;

    public Heartbeats(Duration interval, Duration timeout) {
        this.interval = interval;
        this.timeout = timeout;
    }

    public void start() {
        thread = Thread.ofVirtual().name("heartbeats").start(this::run);
    }

    public void stop() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    @Override
    public void sessionEvent(Session session, Event event) {
        if (event == Event.Authenticated) {
            sessions.add(session);
        }
    }

    @Override
    public void sessionClosed(Session session) {
        sessions.remove(session);
        asked.remove(session);
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(interval);
                for (Session session : sessions) {
                    // One question at a time: a slow one must not make the others late.
                    if (asked.add(session)) {
                        Thread.startVirtualThread(() -> ask(session));
                    }
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private void ask(Session session) {
        try {
            Buffer buffer = session.createBuffer(SshConstants.SSH_MSG_GLOBAL_REQUEST);
            buffer.putString(REQUEST);
            buffer.putBoolean(true);
            session.request(REQUEST, buffer, timeout);
        } catch (IOException | RuntimeException e) {
            if (session.isOpen()) {
                log.info("{}: no sign of life; the connection is closed", session.getUsername());
                session.close(true);
            }
        } finally {
            asked.remove(session);
        }
    }
}
