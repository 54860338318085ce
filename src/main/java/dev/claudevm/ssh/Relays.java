package dev.claudevm.ssh;

import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import dev.claudevm.workspace.WorkspaceState;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.server.session.ServerSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connections that last: when one side goes, the other is told; and each is written down. */
final class Relays {

    private static final Logger log = LoggerFactory.getLogger(Relays.class);

    private final SshLogins logins;
    private final WorkspaceService workspaces;
    private final Map<ServerSession, Open> all = new ConcurrentHashMap<>();

    Relays(SshLogins logins, WorkspaceService workspaces) {
        this.logins = logins;
        this.workspaces = workspaces;
    }

    private record Open(Relay relay, String fingerprint, long login) {}

    void add(ServerSession person, Relay relay, SshKeyRepository.Owned key) {
        String from = String.valueOf(person.getClientAddress()).replaceFirst("^/", "");
        long login = logins.began(key, from, relay.workspaceId());
        all.put(person, new Open(relay, key.key().fingerprint(), login));
        person.setAttribute(Relay.RELAY, relay);
        log.info(
                "{} came to {} by SSH from {} with key {}",
                key.userName(),
                relay.workspaceId(),
                from,
                key.key().fingerprint());
        person.addCloseFutureListener(_ -> personLeft(person));
        relay.bridge().addCloseFutureListener(_ -> workspaceLeft(relay));
    }

    private void personLeft(ServerSession person) {
        Open open = all.remove(person);
        if (open != null) {
            open.relay().bridge().close(true);
            Thread.ofVirtual().name("ssh logout").start(() -> logins.ended(open.login()));
        }
    }

    private void workspaceLeft(Relay relay) {
        if (all.containsKey(relay.person())) {
            Thread.ofVirtual().name("ssh end").start(() -> end(relay.person(), why(relay.workspaceId())));
        }
    }

    private String why(String workspaceId) {
        WorkspaceState state = workspaces
                .find(new WorkspaceId(workspaceId))
                .map(Workspace::state)
                .orElse(WorkspaceState.DELETED);
        return switch (state) {
            case RUNNING, CREATING ->
                "The connection to workspace " + workspaceId + " was lost. Connect again; what runs in it goes on.";
            case STOPPING, STOPPED -> "Workspace " + workspaceId + " was stopped. Connecting again starts it.";
            case FAILED -> "Workspace " + workspaceId + " failed. See `claude-vm workspace list -l`.";
            case DELETED -> "Workspace " + workspaceId + " was deleted.";
        };
    }

    /** A key was removed: whoever came with it goes. */
    void endThoseOf(String fingerprint) {
        all.forEach((person, open) -> {
            if (open.fingerprint().equals(fingerprint)) {
                end(person, "The key of this connection was removed.");
            }
        });
    }

    void endAll(String why) {
        all.keySet().forEach(person -> end(person, why));
    }

    private static void end(ServerSession person, String why) {
        try {
            person.disconnect(SshConstants.SSH2_DISCONNECT_BY_APPLICATION, why);
        } catch (IOException gone) {
            person.close(true);
        }
    }
}
