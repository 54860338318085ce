package dev.claudevm.gateway;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.server.session.ServerSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets a bridge that is home use the {@link HomeService}s, so many at once. */
class HomeServices {

    /** Of one connection, or through one door. restic takes five. */
    static final int MAX_AT_ONCE = 16;

    private static final Logger log = LoggerFactory.getLogger(HomeServices.class);
    private static final int MAX_NAME_BYTES = 32;
    private static final AttributeKey<Semaphore> PLACES = new AttributeKey<>();

    private final List<HomeService> services;
    private final Presence presence;
    private final Enrolments enrolments;

    HomeServices(List<HomeService> services, Presence presence, Enrolments enrolments) {
        this.services = services;
        this.presence = presence;
        this.enrolments = enrolments;
    }

    /** Over its connection home. */
    void serve(String command, ServerSession session, InputStream in, OutputStream out)
            throws IOException, Arrivals.Refused {
        HomeService service = named(command)
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
            service.serve(new Home(bridge, () -> presence.at(session).isPresent()), in, out);
        } finally {
            places.release();
        }
    }

    /**
     * Through its own socket on this machine: the service's name and a line feed, and then as over the connection home. What that
     * connection proves by its key is proved by the socket, which nobody else can reach; who is asked for a secret besides is the service's.
     */
    void serve(String workspaceId, SocketChannel caller) throws IOException {
        InputStream in = Channels.newInputStream(caller);
        String name = line(in);
        Optional<HomeService> service = named(name);
        Optional<BridgeClient> bridge = presence.bridge(workspaceId);
        if (service.isEmpty() || bridge.isEmpty()) {
            log.info(
                    "{}: nothing is served through its door: {}",
                    workspaceId,
                    service.isEmpty() ? "unknown" : "offline");
            return;
        }
        service.get()
                .serve(
                        new Home(
                                bridge.get(), () -> presence.bridge(workspaceId).isPresent()),
                        in,
                        Channels.newOutputStream(caller));
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0 || line.size() >= MAX_NAME_BYTES) {
                throw new EOFException("it named no service");
            }
            line.write(next);
        }
        return line.toString(StandardCharsets.US_ASCII);
    }

    private Optional<HomeService> named(String name) {
        return services.stream().filter(known -> known.name().equals(name)).findFirst();
    }

    private final class Home implements HomeService.Visitor {

        private final BridgeClient bridge;
        private final BooleanSupplier connected;

        Home(BridgeClient bridge, BooleanSupplier connected) {
            this.bridge = bridge;
            this.connected = connected;
        }

        @Override
        public String workspaceId() {
            return bridge.workspaceId();
        }

        @Override
        public long generation() {
            return bridge.generation();
        }

        @Override
        public boolean welcome() {
            return connected.getAsBoolean()
                    && enrolments
                            .find(bridge.workspaceId())
                            .filter(newest -> newest.generation() == bridge.generation())
                            .isPresent();
        }
    }
}
