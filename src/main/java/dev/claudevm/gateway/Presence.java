package dev.claudevm.gateway;

import jakarta.annotation.PreDestroy;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.apache.sshd.common.session.Session;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/**
 * Which bridges are connected. A workspace is online when its connection is here, and in no other case. Safe for use by
 * many threads; events are published by one thread of its own, in order.
 */
@Component
class Presence {

    private static final Logger log = LoggerFactory.getLogger(Presence.class);

    private final Map<String, Home> homes = new ConcurrentHashMap<>();
    private final ApplicationEventPublisher events;
    private final ExecutorService publisher = Executors.newSingleThreadExecutor(
            Thread.ofVirtual().name("presence").factory());

    Presence(ApplicationEventPublisher events) {
        this.events = events;
    }

    private record Home(Session session, BridgeClient client) {}

    /** The newest connection of a workspace replaces an older one. */
    void arrived(Session session, BridgeClient client) {
        Home older = homes.put(client.workspaceId(), new Home(session, client));
        if (older != null && older.session() != session) {
            log.info("{}: a newer connection replaces the one before", client.workspaceId());
            older.session().close(true);
        }
        if (!session.isOpen()) {
            left(session, client.workspaceId());
            return;
        }
        log.info("{}: online, generation {}", client.workspaceId(), client.generation());
        publish(client, true);
    }

    void left(Session session, String workspaceId) {
        Home home = homes.get(workspaceId);
        if (home != null && home.session() == session && homes.remove(workspaceId, home)) {
            log.info("{}: offline", workspaceId);
            publish(home.client(), false);
        }
    }

    void drop(String workspaceId, String why) {
        Home home = homes.get(workspaceId);
        if (home != null) {
            log.info("{}: connection closed: {}", workspaceId, why);
            home.session().close(true);
            left(home.session(), workspaceId);
        }
    }

    Optional<BridgeClient> bridge(String workspaceId) {
        return Optional.ofNullable(homes.get(workspaceId)).map(Home::client);
    }

    /** @return the client to the bridge that came home over this very session, as long as that is its workspace's connection */
    Optional<BridgeClient> at(Session session) {
        return Optional.ofNullable(session.getUsername())
                .map(homes::get)
                .filter(home -> home.session() == session)
                .map(Home::client);
    }

    private void publish(BridgeClient client, boolean online) {
        try {
            publisher.execute(() -> {
                try {
                    events.publishEvent(new PresenceChanged(client.workspaceId(), client.generation(), online));
                } catch (RuntimeException e) {
                    log.error("{}: a listener to its presence failed", client.workspaceId(), e);
                }
            });
        } catch (RejectedExecutionException closing) {
            // The server is going down; whoever listens is going too.
        }
    }

    @PreDestroy
    void close() {
        publisher.shutdown();
    }
}
