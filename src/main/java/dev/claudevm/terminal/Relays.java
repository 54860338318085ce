package dev.claudevm.terminal;

import dev.claudevm.conversation.ConversationId;
import dev.claudevm.gateway.BridgeException;
import dev.claudevm.gateway.WorkspaceSsh;
import dev.claudevm.gateway.WorkspaceTerminal;
import dev.claudevm.problem.Problem;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/** The relays that live, and for a while how those ended that do not. A page has at most one of each terminal. */
@Component
class Relays implements DisposableBean {

    private static final int KEPT_ENDINGS = 1_000;
    private static final long DRAIN_MILLIS = 3_000;

    private final WorkspaceSsh ssh;
    private final TerminalSettings settings;
    private final Clock clock;
    private final Map<String, Relay> alive = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Ending> endings = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Ending> eldest) {
            return size() > KEPT_ENDINGS;
        }
    };
    private final Thread sweeper;

    Relays(WorkspaceSsh ssh, TerminalSettings settings, Clock clock) {
        this.ssh = ssh;
        this.settings = settings;
        this.clock = clock;
        sweeper = Thread.ofVirtual().name("terminal sweeper").start(this::sweep);
    }

    private record Ending(Relay.Owner owner, Relay.End end) {}

    /** What a page looks at: a terminal, or, when there is a conversation, that one's pane. */
    record Place(TerminalName terminal, @Nullable ConversationId pane) {}

    /**
     * What a page gets.
     *
     * @param resumed it goes on where it was; else it begins with the screen as it is
     * @param before how the relay ended that the page had before; null: it had none, or that is not known
     */
    record Opened(Relay relay, boolean resumed, Relay.@Nullable End before) {}

    /**
     * Goes on with the page's relay, or makes a new one.
     *
     * @param known the relay that the page had; null: none
     * @param at so many bytes of its output the page has; null: it wants the screen anew
     * @throws Problem when the workspace is not connected
     */
    Opened open(Relay.Owner owner, Place place, @Nullable String known, @Nullable Long at, int columns, int rows)
            throws InterruptedException {
        Relay.End before = null;
        Relay relay = known == null ? null : alive.get(known);
        if (relay != null && relay.owner().equals(owner)) {
            if (at != null && relay.canGoOnFrom(at)) {
                return new Opened(relay, true, null);
            }
            before = relay.drain(DRAIN_MILLIS);
            ended(relay, before);
        } else if (known != null) {
            before = ending(known, owner);
        }
        // Closed when the new one has the terminal: what was typed last is not yet in tmux when it is in the workspace,
        // and would be lost with its way there.
        Runnable goodbye = relay == null || before == null ? () -> {} : relay::close;
        Relay made;
        try {
            makeRoom(owner);
            made = make(owner, place, columns, rows, goodbye);
        } catch (Problem problem) {
            goodbye.run();
            throw problem;
        }
        alive.put(made.id(), made);
        made.start();
        return new Opened(made, false, before);
    }

    private Relay make(Relay.Owner owner, Place place, int columns, int rows, Runnable whenAttached) {
        ConversationId pane = place.pane();
        String script = pane == null
                ? Scripts.attach(place.terminal(), settings.perWorkspace(), columns, rows)
                : Scripts.watch(pane, rows);
        try {
            WorkspaceTerminal terminal = ssh.terminal(owner.workspace(), script, columns, rows);
            return new Relay(UUID.randomUUID().toString(), owner, pane != null, terminal, whenAttached);
        } catch (BridgeException e) {
            throw Problem.unavailable(String.valueOf(e.getMessage()), "Wait until it is online again, or start it.");
        }
    }

    /** The oldest that nobody looks at goes first. */
    private void makeRoom(Relay.Owner owner) throws InterruptedException {
        List<Relay> mine = alive.values().stream()
                .filter(relay -> relay.owner().user().equals(owner.user()))
                .toList();
        if (mine.size() < settings.perPerson()) {
            return;
        }
        Relay oldest = mine.stream()
                .filter(relay -> relay.left() != null)
                .min(Comparator.comparing(relay -> {
                    Instant left = relay.left();
                    return left == null ? Instant.MAX : left;
                }))
                .orElseThrow(() -> Problem.unavailable(
                        "You have " + settings.perPerson() + " terminals open at once.",
                        "Close one of the pages that show a terminal."));
        end(oldest);
    }

    /** Ends a relay and keeps how. */
    Relay.End end(Relay relay) throws InterruptedException {
        Relay.End end = relay.drain(DRAIN_MILLIS);
        relay.close();
        ended(relay, end);
        return end;
    }

    /** The page was told of the end; another page of the same person may still ask. */
    void ended(Relay relay, Relay.End end) {
        lock.lock();
        try {
            alive.remove(relay.id());
            endings.put(relay.id(), new Ending(relay.owner(), end));
        } finally {
            lock.unlock();
        }
    }

    private Relay.@Nullable End ending(String relay, Relay.Owner owner) {
        lock.lock();
        try {
            Ending ending = endings.get(relay);
            return ending != null && ending.owner().equals(owner) ? ending.end() : null;
        } finally {
            lock.unlock();
        }
    }

    /** @return bytes that are held for all pages together */
    long outstanding() {
        return alive.values().stream().mapToLong(Relay::outstanding).sum();
    }

    int count() {
        return alive.size();
    }

    private void sweep() {
        try {
            while (true) {
                Thread.sleep(settings.unattended().dividedBy(4));
                Instant oldest = clock.instant().minus(settings.unattended());
                for (Relay relay : alive.values()) {
                    Instant left = relay.left();
                    if (left != null && left.isBefore(oldest)) {
                        end(relay);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void destroy() {
        sweeper.interrupt();
    }
}
