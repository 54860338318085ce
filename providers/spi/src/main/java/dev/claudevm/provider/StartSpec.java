package dev.claudevm.provider;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a workspace's bridge needs to come home.
 *
 * @param generation counts the starts of this workspace; a bridge of an older one is refused by the gateway
 * @param gateway {@code host:port}
 * @param gatewayHostKey the gateway's public key in OpenSSH's format; the bridge talks to no other
 * @param door folder with the unix socket {@value #DOOR_SOCKET} that leads to the gateway too, to be bound into the workspace; null for providers
 *     without {@link Capabilities#doors}
 * @param token one-time token for enrolment. A secret: never in an argument list or a log
 * @param bridgeKit folder with the bridge: {@code lib/*.jar} and {@code bridge.aot} if there is one
 * @param javaHome a Java 25 runtime for the bridge
 * @param agents folder with the agents' programs; new ones may appear in it while the workspace runs, and a workspace elsewhere sees them
 *     after {@link Provider#bringAgent}
 */
public record StartSpec(
        String workspaceId,
        long generation,
        String gateway,
        String gatewayHostKey,
        @Nullable Path door,
        String token,
        Path bridgeKit,
        Path javaHome,
        Path agents) {

    /** The socket's name in {@link #door}. */
    public static final String DOOR_SOCKET = "home.sock";
}
