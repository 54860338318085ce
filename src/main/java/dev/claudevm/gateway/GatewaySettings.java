package dev.claudevm.gateway;

import java.nio.file.Path;
import java.time.Duration;

/**
 * @param folder host key, client key and the port lie in it
 * @param bind the address that bridges dial; loopback unless workspaces are on other machines
 * @param port 0: the same as last time, or any free one
 * @param tokenLifetime how long a new workspace's one-time token is good for
 * @param heartbeat how often each connection is asked for a sign of life
 * @param heartbeatTimeout a connection from which nothing comes for so long after being asked is lost
 * @param maxSessions most connections at once
 */
record GatewaySettings(
        Path folder,
        String bind,
        int port,
        Duration tokenLifetime,
        Duration heartbeat,
        Duration heartbeatTimeout,
        int maxSessions) {}
