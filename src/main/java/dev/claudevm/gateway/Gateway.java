package dev.claudevm.gateway;

import java.nio.file.Path;
import java.util.Optional;
import org.springframework.stereotype.Service;

/** What the rest of the control plane sees of the gateway. */
@Service
public class Gateway {

    private final SshGateway ssh;
    private final Enrolments enrolments;
    private final Presence presence;

    Gateway(SshGateway ssh, Enrolments enrolments, Presence presence) {
        this.ssh = ssh;
        this.enrolments = enrolments;
        this.presence = presence;
    }

    /** @return {@code host:port} that bridges dial; the same after a restart */
    public String address() {
        return ssh.address();
    }

    /**
     * Opens a way to the gateway that needs no port: a unix socket that takes connections from now on, also after a restart, until {@link #forget}.
     *
     * @return the folder that the socket {@code home.sock} lies in. Bind the folder, not the socket: it is a new one after a restart
     */
    public Path door(String workspaceId) {
        return ssh.doors().open(workspaceId);
    }

    /** @return the public key by which bridges know the gateway, in OpenSSH's format; the same after a restart */
    public String hostKey() {
        return ssh.hostKey();
    }

    /**
     * From now on only a bridge of this generation may come home as this workspace; one of an older generation is cut off.
     *
     * @return its one-time token. A secret
     */
    public String expect(String workspaceId, long generation) {
        return expect(workspaceId, generation, false);
    }

    /** The same; a bridge that comes home begins nothing before {@link #restored}. */
    public String expect(String workspaceId, long generation, boolean restoring) {
        String token = enrolments.expect(workspaceId, generation, restoring);
        presence.drop(workspaceId, "a newer start of the workspace");
        return token;
    }

    /** What was to be brought back into a workspace is there; its bridge has to be told besides. */
    public void restored(String workspaceId) {
        enrolments.restored(workspaceId);
    }

    /** Ends its bridge's connection; it comes back at once and is welcomed anew. */
    public void welcomeAgain(String workspaceId) {
        presence.drop(workspaceId, "it is to be welcomed anew");
    }

    /** Nobody may come home as this workspace any more. */
    public void forget(String workspaceId) {
        enrolments.forget(workspaceId);
        ssh.doors().remove(workspaceId);
        presence.drop(workspaceId, "the workspace is gone");
    }

    /** @return a new one, which its holder starts and stops */
    public BridgeDialer dialer() {
        return new BridgeDialer(ssh.clientKey());
    }

    /** @return the connected bridge; empty while the workspace is offline */
    public Optional<BridgeClient> bridge(String workspaceId) {
        return presence.bridge(workspaceId);
    }
}
