package dev.claudevm.workspace;

import java.nio.file.Path;
import java.time.Duration;

/**
 * @param kits bridges' programs are unpacked there
 * @param agents agents' programs lie there; seen by every workspace
 * @param boot how long a started workspace's bridge may take to come home
 * @param stop how long a bridge may take to write down that it stops
 * @param idle after so long without use a workspace is put to rest; zero: never
 * @param running so many may run at the same time; 0: no limit
 * @param watch how often workspaces that are offline are looked at
 * @param reap how often what no record knows is looked for
 * @param trainKit make the bridge's cache of classes in the background
 */
record WorkspaceSettings(
        Path kits,
        Path agents,
        Duration boot,
        Duration stop,
        Duration idle,
        int running,
        Duration watch,
        Duration reap,
        boolean trainKit) {}
