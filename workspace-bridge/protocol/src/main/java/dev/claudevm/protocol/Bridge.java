package dev.claudevm.protocol;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What bridge and control plane say to each other besides events and commands. */
public final class Bridge {

    private Bridge() {}

    /**
     * Sent by a new bridge over SSH ({@code exec enroll}, logged in with the one-time token as password).
     *
     * @param publicKey the bridge's own key in OpenSSH's format, {@code ssh-ed25519 AAAA…}
     */
    public record Enroll(String workspaceId, long generation, String publicKey) {}

    /**
     * Sent by a bridge over SSH ({@code exec hello}, logged in with its key) when its forwards are there.
     *
     * @param httpPort the port on the gateway's side that leads to the bridge's HTTP server
     * @param sshPort the port on the gateway's side that leads to the bridge's SSH server
     * @param sshHostKey that server's public key in OpenSSH's format
     */
    public record Hello(
            String workspaceId, long generation, String version, int httpPort, int sshPort, String sshHostKey) {}

    /**
     * The gateway's answer to {@link Hello}.
     *
     * @param token every HTTP request of the control plane to the bridge carries it as bearer from now on
     * @param clientKey the only key that the bridge's SSH server lets in, in OpenSSH's format
     * @param restoring a snapshot is brought back first: no conversation begins until the control plane says so
     */
    public record Welcome(
            String token, String clientKey, @Nullable Boolean restoring) {

        public Welcome(String token, String clientKey) {
            this(token, clientKey, null);
        }
    }

    /** The answer to {@code exec} when something was refused. @param todo what the operator can do */
    public record Refusal(String error, String todo) {}

    /**
     * How to start an agent in a workspace.
     *
     * @param command program and fixed arguments; a leading <code>{agents}</code> stands for the folder of agents'
     *     programs in the workspace, <code>{bridge}</code> for the bridge's own java command line
     * @param env added to the agent's environment; holds its key, so it is never logged
     * @param protocol the adapter: {@code claude-stream-json}
     * @param label what people read, for example {@code Claude} or {@code Demo}
     */
    public record AgentSpec(String name, String label, String protocol, List<String> command, Map<String, String> env) {

        /** Names the variables, not what is in them. */
        @Override
        public String toString() {
            return "AgentSpec[name=" + name + ", protocol=" + protocol + ", command=" + command + ", env="
                    + env.keySet() + "]";
        }
    }

    /** A conversation as the control plane asks for it. */
    public record ConversationSpec(
            String id,
            String agent,
            @Nullable String mode,
            @Nullable String title) {}

    /**
     * A conversation as the bridge has it.
     *
     * @param lastSeq the number of the newest event
     * @param working a turn runs
     */
    public record ConversationStatus(String id, String agent, long lastSeq, boolean working, int queued) {}

    /**
     * A TCP port that something in the workspace listens on, reachable over the workspace's loopback.
     *
     * @param program its name, for example {@code node}
     * @param command its command line, cut at 300 characters
     */
    public record ListeningPort(int port, String program, String command) {}

    /** @param generation of this start of the workspace */
    public record Health(String workspaceId, long generation, String version, List<ConversationStatus> conversations) {}
}
