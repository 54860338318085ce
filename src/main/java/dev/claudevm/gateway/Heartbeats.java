package dev.claudevm.gateway;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.SshServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks each connection for a sign of life, so that a half-open one (the network swallows everything) is noticed within
 * interval plus timeout. Whatever comes will do, not the answer alone: on a slow line that waits behind megabytes of an upload.
 * Silence is counted in looks and not by the clock: while this process is stopped itself, as in a machine that is paused, nobody
 * else is silent.
 */
public final class Heartbeats implements SessionListener {

    private static final Logger log = LoggerFactory.getLogger(Heartbeats.class);
    private static final String REQUEST = "keepalive@openssh.com";

    /** Silence is looked at more often than asked about, so that it is noticed in time. */
    private static final int LOOKS = 4;

    private final Duration interval;
    private final long mostQuietLooks;

    /** How often in a row nothing had come from it. */
    private final Map<HeardSession, Integer> quietLooks = new ConcurrentHashMap<>();

    private final Set<HeardSession> asking = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Thread thread;

    /**
     * @param interval how often is asked
     * @param timeout how long something is waited for then
     * @throws IllegalArgumentException when the interval is no time at all
     */
    public Heartbeats(Duration interval, Duration timeout) {
        if (!interval.isPositive()) {
            throw new IllegalArgumentException("Heartbeats need some time between them, and not " + interval
                    + ": set claude-vm.gateway.heartbeat and claude-vm.ssh.heartbeat to 1s or more.");
        }
        this.interval = interval;
        Duration limit = interval.plus(timeout);
        mostQuietLooks = limit.multipliedBy(LOOKS).dividedBy(interval);
    }

    /** Before {@code server} is started: its connections are asked, once somebody has logged in. */
    public void watch(SshServer server) {
        HeardSession.of(server);
        server.addSessionListener(this);
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
        if (event == Event.Authenticated && session instanceof HeardSession heard) {
            quietLooks.put(heard, 0);
        }
    }

    @Override
    public void sessionClosed(Session session) {
        quietLooks.keySet().removeIf(each -> each == session);
    }

    private void run() {
        try {
            for (long look = 1; true; look++) {
                Thread.sleep(interval.dividedBy(LOOKS));
                look(look % LOOKS == 0);
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** @param asks whether it is time to ask, too */
    void look(boolean asks) {
        for (HeardSession session : quietLooks.keySet()) {
            Integer quiet = quietLooks.computeIfPresent(session, (_, before) -> session.heard() ? 0 : before + 1);
            if (quiet == null) {
                continue; // closed meanwhile
            }
            if (quiet > mostQuietLooks) {
                log.info("{}: no sign of life; the connection is closed", session.getUsername());
                quietLooks.remove(session);
                session.close(true);
            } else if (asks && asking.add(session)) {
                // One that cannot be written to must not make the others late.
                Thread.startVirtualThread(() -> ask(session));
            }
        }
    }

    private void ask(HeardSession session) {
        try {
            Buffer buffer = session.createBuffer(SshConstants.SSH_MSG_GLOBAL_REQUEST);
            buffer.putString(REQUEST);
            buffer.putBoolean(true);
            session.request(buffer, REQUEST, (command, answer) -> {});
        } catch (IOException | RuntimeException e) {
            log.debug("{} cannot be asked for a sign of life", session.getUsername(), e);
        } finally {
            asking.remove(session);
        }
    }
}
