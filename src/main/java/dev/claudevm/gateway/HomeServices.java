package dev.claudevm.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.server.session.ServerSession;

/** Lets a bridge that is home use the {@link HomeService}s, so many at once. */
class HomeServices {

    /** Of one connection. restic takes five. */
    private static final int MAX_AT_ONCE = 16;

    private static final AttributeKey<Semaphore> PLACES = new AttributeKey<>();

    private final List<HomeService> services;
    private final Presence presence;
    private final Enrolments enrolments;

    HomeServices(List<HomeService> services, Presence presence, Enrolments enrolments) {
        this.services = services;
        this.presence = presence;
        this.enrolments = enrolments;
    }

    void serve(String command, ServerSession session, InputStream in, OutputStream out)
            throws IOException, Arrivals.Refused {
        HomeService service = services.stream()
                .filter(known -> known.name().equals(command))
                .findFirst()
                .orElseThrow(() -> new Arrivals.Refused(
                        "There is no shell here.",
                        "This is where workspaces come home; use claude-vm to get into one."));
        BridgeClient bridge = presence.at(session)
                .orElseThrow(() -> new Arrivals.Refused("Nobody has said hello here.", "Say hello first."));
        Semaphore places = session.computeAttributeIfAbsent(PLACES, key -> new Semaphore(MAX_AT_ONCE));
        if (!places.tryAcquire()) {
            throw new Arrivals.Refused("Too much at once.", "Wait until one of " + MAX_AT_ONCE + " has ended.");
        }
        try {
            service.serve(new Home(bridge.workspaceId(), bridge.generation(), session), in, out);
        } finally {
            places.release();
        }
    }

    private final class Home implements HomeService.Visitor {

        private final String workspace;
        private final long generation;
        private final ServerSession session;

        Home(String workspace, long generation, ServerSession session) {
            this.workspace = workspace;
            this.generation = generation;
            this.session = session;
        }

        @Override
        public String workspaceId() {
            return workspace;
        }

        @Override
        public long generation() {
            return generation;
        }

        @Override
        public boolean welcome() {
            return presence.at(session).isPresent()
                    && enrolments
                            .find(workspace)
                            .filter(newest -> newest.generation() == generation)
                            .isPresent();
        }
    }
}
