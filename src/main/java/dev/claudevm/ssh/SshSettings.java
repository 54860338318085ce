package dev.claudevm.ssh;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * @param folder the host key and the port lie in it
 * @param port null: {@link #DEFAULT_PORT}, or another one while that is in use; 0: the same as last time, or any free one
 * @param host how clients reach it; null: by the name of the web server
 * @param grace for a login, from the connection on
 * @param maxStrangers connections that have not logged in yet
 * @param maxStrangersOfOne of these, from one address
 * @param maxAttempts keys that may be offered in one connection
 * @param maxConnections of one person at once
 * @param maxChannels of one connection at once
 * @param heartbeat how often a connection is asked for a sign of life, and how long for one is waited
 * @param start how long a login waits for its workspace to be started
 */
record SshSettings(
        boolean enabled,
        Path folder,
        String bind,
        @Nullable Integer port,
        @Nullable String host,
        Duration grace,
        int maxStrangers,
        int maxStrangersOfOne,
        int maxAttempts,
        int maxConnections,
        int maxChannels,
        Duration heartbeat,
        Duration start) {

    static final int DEFAULT_PORT = 2222;

    /** @return whether only this machine can reach it */
    boolean isLocal() {
        return bind.equals("localhost") || bind.startsWith("127.") || bind.equals("::1");
    }
}
