package dev.claudevm.ssh;

import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.problem.Problem;
import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import dev.claudevm.workspace.WorkspaceState;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.session.ServerSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is between a verified key and an open connection: which workspace is meant, starting it when it rests, and the
 * connection to its bridge. What is to be said meanwhile is said as a banner, which clients print on their error output.
 */
final class Entrance {

    private static final Logger log = LoggerFactory.getLogger(Entrance.class);
    private static final Duration LOOK_EVERY = Duration.ofMillis(200);

    private final SshSettings settings;
    private final Doors doors;
    private final WorkspaceService workspaces;
    private final BridgeDoor bridges;
    private final Relays relays;
    private final SshKeyRing keys;

    Entrance(
            SshSettings settings,
            Doors doors,
            WorkspaceService workspaces,
            BridgeDoor bridges,
            Relays relays,
            SshKeyRing keys) {
        this.settings = settings;
        this.doors = doors;
        this.workspaces = workspaces;
        this.bridges = bridges;
        this.relays = relays;
        this.keys = keys;
    }

    /** Somebody cannot come in, and is told why. */
    private static final class Closed extends Exception {
        private static final long serialVersionUID = 1L;

        Closed(String whatIsWrong, String todo) {
            super(whatIsWrong + " " + todo);
        }
    }

    /** Blocks until the workspace is reached. @return false when it was not; the client has been told and is cut off */
    boolean admit(ServerSession session, SshKeyRepository.Owned key, String user) {
        try {
            if (!doors.enter(session, key.userId())) {
                throw new Closed(
                        "You have " + settings.maxConnections() + " SSH connections already.", "Close some of them.");
            }
            CoreModuleProperties.AUTH_TIMEOUT.set(session, settings.start().plus(settings.grace()));
            session.resetAuthTimeout();
            WorkspaceId workspace = workspace(user);
            Relay relay = reach(session, workspace);
            relays.add(session, relay, key);
            keys.used(key.key());
            return true;
        } catch (Closed e) {
            end(session, String.valueOf(e.getMessage()));
        } catch (Problem e) {
            end(session, e.detail() + " " + e.todo());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            end(session, "The server is stopping.");
        } catch (IOException | RuntimeException e) {
            log.error("A login by SSH failed", e);
            end(session, "The server failed. See its log.");
        }
        return false;
    }

    private WorkspaceId workspace(String user) {
        List<Workspace> all = workspaces.list();
        List<Workspace> meant =
                all.stream().filter(each -> each.id().value().equals(user)).toList();
        if (meant.isEmpty()) {
            meant = all.stream().filter(each -> user.equals(each.name())).toList();
        }
        if (meant.size() > 1) {
            throw Problem.conflict("More than one workspace has that name.", "Use its id: claude-vm workspace list.");
        }
        // The id may have the right form and be unknown all the same.
        return meant.isEmpty()
                ? workspaces.get(WorkspaceId.parse(user)).id()
                : meant.getFirst().id();
    }

    private Relay reach(ServerSession session, WorkspaceId id) throws Closed, IOException, InterruptedException {
        long until = System.nanoTime() + settings.start().toNanos();
        boolean asked = false;
        boolean said = false;
        while (session.isOpen() && System.nanoTime() < until) {
            BridgeClient bridge = bridges.find(id.value());
            Workspace now = workspaces.get(id);
            if (bridge != null && now.state() == WorkspaceState.RUNNING) {
                try {
                    Relay relay = bridges.connect(session, bridge, settings.maxChannels(), () -> workspaces.used(id));
                    if (said) {
                        say(session, "It runs.");
                    }
                    return relay;
                } catch (IOException e) {
                    log.info("{}: not reached: {}", id, e.getMessage());
                }
            }
            if (!said) {
                say(session, waiting(id, now));
                said = true;
            }
            switch (now.state()) {
                case STOPPED, FAILED -> {
                    if (asked && now.state() == WorkspaceState.FAILED) {
                        throw new Closed(
                                "Workspace " + id + " could not be started: " + now.reason(),
                                String.valueOf(now.todo()));
                    }
                    workspaces.up(id);
                    asked = true;
                }
                case DELETED -> throw new Closed("Workspace " + id + " is deleted.", "Make a new one.");
                case CREATING, RUNNING, STOPPING -> asked |= now.state() == WorkspaceState.CREATING;
            }
            Thread.sleep(LOOK_EVERY);
        }
        throw new Closed(
                "Workspace " + id + " was not reached within "
                        + settings.start().toSeconds() + " s.",
                "See `claude-vm workspace list -l`.");
    }

    private static String waiting(WorkspaceId id, Workspace now) {
        return switch (now.state()) {
            case STOPPED, FAILED -> "Workspace " + id + " is stopped. It is being started …";
            case STOPPING -> "Workspace " + id + " is stopping. It will be started again …";
            case CREATING -> "Workspace " + id + " is being started …";
            case RUNNING, DELETED -> "Waiting for workspace " + id + " to connect …";
        };
    }

    private static void say(ServerSession session, String line) throws IOException {
        Buffer banner = session.createBuffer(SshConstants.SSH_MSG_USERAUTH_BANNER, line.length() * 2 + 64);
        banner.putString(line + "\r\n");
        banner.putString("");
        session.writePacket(banner);
    }

    private static void end(ServerSession session, String why) {
        try {
            session.disconnect(SshConstants.SSH2_DISCONNECT_BY_APPLICATION, why);
        } catch (IOException gone) {
            session.close(true);
        }
    }
}
