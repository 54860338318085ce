package dev.claudevm.terminal;

import dev.claudevm.problem.Problem;
import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import dev.claudevm.workspace.WorkspaceState;
import java.io.IOException;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;

/**
 * One web socket. The container's thread reads; everything is written by a thread of its own, because a page that takes
 * nothing must not keep what it says from being heard: Ctrl-C comes through while output waits.
 */
final class TerminalSocket {

    /** Another page, or this one over another connection, has the relay now. */
    static final CloseStatus TAKEN_OVER = new CloseStatus(4001, "taken over");

    static final CloseStatus ENDED = new CloseStatus(4002, "ended");
    static final CloseStatus PROBLEM = new CloseStatus(4003, "problem");
    static final CloseStatus REVOKED = new CloseStatus(4004, "logged out");
    static final CloseStatus SILENT = new CloseStatus(4005, "silent");

    private static final Logger log = LoggerFactory.getLogger(TerminalSocket.class);
    private static final long BEAT_NANOS = TimeUnit.MILLISECONDS.toNanos(1_000);

    private final WebSocketSession session;
    private final Relay.Owner owner;
    private final Relays.Place place;
    private final Relays relays;
    private final WorkspaceService workspaces;
    private final TerminalSettings settings;
    private final Clock clock;
    private volatile long heard = System.nanoTime();
    private volatile @Nullable Relay relay;
    private volatile TerminalFrames.@Nullable Hello greeted;

    TerminalSocket(
            WebSocketSession session,
            Relay.Owner owner,
            Relays.Place place,
            Relays relays,
            WorkspaceService workspaces,
            TerminalSettings settings,
            Clock clock) {
        this.session = session;
        this.owner = owner;
        this.place = place;
        this.relays = relays;
        this.workspaces = workspaces;
        this.settings = settings;
        this.clock = clock;
    }

    void said(TextMessage message) throws IOException {
        heard = System.nanoTime();
        try {
            switch (TerminalFrames.read(message)) {
                case TerminalFrames.Hello hello -> greet(hello);
                case TerminalFrames.Shown shown -> relay().acknowledge(shown.to());
                case TerminalFrames.Size size -> relay().resize(size.columns(), size.rows());
                case TerminalFrames.Beat _ -> {
                    // It was heard.
                }
            }
        } catch (IllegalArgumentException | IllegalStateException wrong) {
            close(CloseStatus.PROTOCOL_ERROR.withReason(String.valueOf(wrong.getMessage())));
        } catch (IOException gone) {
            // The terminal's end is told by the writer.
        }
    }

    void typed(BinaryMessage message) {
        heard = System.nanoTime();
        try {
            TerminalFrames.Typed typed = TerminalFrames.read(message);
            relay().type(typed.number(), typed.bytes());
            used();
        } catch (IllegalArgumentException | IllegalStateException wrong) {
            close(CloseStatus.PROTOCOL_ERROR.withReason(String.valueOf(wrong.getMessage())));
        }
    }

    private Relay relay() {
        Relay mine = relay;
        if (mine == null) {
            throw new IllegalStateException("Say hello, and wait for ready.");
        }
        if (!mine.isSeated(this)) {
            throw new IllegalStateException("Another page has this terminal now.");
        }
        return mine;
    }

    private void greet(TerminalFrames.Hello hello) {
        if (greeted != null) {
            throw new IllegalStateException("Hello is said once.");
        }
        greeted = hello;
        Thread.ofVirtual().name("terminal page").start(() -> serve(hello));
    }

    private void serve(TerminalFrames.Hello hello) {
        try {
            Relays.Opened opened = open(hello);
            Relay mine = opened.relay();
            mine.sit(this);
            relay = mine;
            try {
                if (opened.resumed()) {
                    Long at = hello.at();
                    mine.acknowledge(at == null ? 0 : at);
                    mine.resize(hello.columns(), hello.rows());
                }
                session.sendMessage(TerminalFrames.ready(opened));
                Long at = hello.at();
                close(write(mine, opened.resumed() && at != null ? at : 0));
            } finally {
                mine.rise(this, clock.instant());
            }
        } catch (Problem problem) {
            refuse(problem);
        } catch (IOException | IllegalStateException gone) {
            close(CloseStatus.GOING_AWAY);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close(CloseStatus.GOING_AWAY);
        } catch (RuntimeException e) {
            log.error("{}: a terminal's socket failed", owner.workspace(), e);
            close(CloseStatus.SERVER_ERROR);
        }
    }

    private Relays.Opened open(TerminalFrames.Hello hello) throws InterruptedException {
        Workspace workspace = workspaces.get(WorkspaceId.parse(owner.workspace()));
        if (!workspace.online() && workspace.state() == WorkspaceState.RUNNING) {
            throw Problem.unavailable(
                    "Workspace \"" + workspace.id() + "\" is not connected.", "It comes back by itself.");
        }
        if (!workspace.online()) {
            throw Problem.conflict(
                    "Workspace \"" + workspace.id() + "\" is "
                            + workspace.state().word() + ".",
                    "Start it.");
        }
        return relays.open(owner, place, hello.relay(), hello.at(), hello.columns(), hello.rows());
    }

    private void refuse(Problem problem) {
        String kind = switch (problem.kind()) {
            case CONFLICT -> "stopped";
            case UNAVAILABLE -> "later";
            case MALFORMED, UNKNOWN, TOO_LARGE, INVALID -> "refused";
        };
        try {
            session.sendMessage(TerminalFrames.problem(kind, problem.detail(), problem.todo()));
        } catch (IOException | IllegalStateException gone) {
            // It asks again.
        }
        close(PROBLEM);
    }

    /** @return why the socket is closed */
    private CloseStatus write(Relay mine, long from) throws IOException, InterruptedException {
        long sent = from;
        long told = 0;
        long beaten = System.nanoTime();
        while (session.isOpen()) {
            long patience = BEAT_NANOS - (System.nanoTime() - beaten);
            switch (mine.next(this, sent, told, patience)) {
                case Relay.Bytes bytes -> {
                    session.sendMessage(TerminalFrames.output(bytes));
                    sent += bytes.bytes().length;
                    used();
                }
                case Relay.Taken taken -> {
                    session.sendMessage(TerminalFrames.taken(taken.number()));
                    told = taken.number();
                }
                case Relay.Ended ended -> {
                    relays.ended(mine, ended.end());
                    session.sendMessage(TerminalFrames.ended(ended.end()));
                    return ENDED;
                }
                case Relay.Quiet _ -> {
                    if (!mine.isSeated(this)) {
                        return TAKEN_OVER;
                    }
                }
            }
            if (System.nanoTime() - beaten >= BEAT_NANOS) {
                if (System.nanoTime() - heard > settings.silence().toNanos()) {
                    return SILENT;
                }
                session.sendMessage(TerminalFrames.beat());
                beaten = System.nanoTime();
            }
        }
        return CloseStatus.NORMAL;
    }

    private void used() {
        workspaces.used(new WorkspaceId(owner.workspace()));
    }

    /** The connection is gone; the relay waits for the page to come back. */
    void left() {
        Relay mine = relay;
        if (mine != null) {
            mine.rise(this, clock.instant());
        }
    }

    void close(CloseStatus why) {
        try {
            session.close(why);
        } catch (IOException | IllegalStateException gone) {
            // It is closed either way.
        }
    }

    /** Its login is over: what it looked at is not kept for it either. */
    void logOut() {
        close(REVOKED);
        Relay mine = relay;
        if (mine != null) {
            Thread.ofVirtual().start(() -> {
                try {
                    relays.end(mine);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
    }
}
