package dev.claudevm.provider.ssh;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which machine, and how workspaces run on it.
 *
 * @param target the machine
 * @param jump a machine on the way; null: none
 * @param key a private key as a text, for both; null: {@code agentSocket} is asked
 * @param agentSocket of the SSH agent whose keys are used; null: there is none
 * @param folder on the machine, absolute or beginning with {@code ~/}
 * @param isolation whether there must be a sandbox
 * @param connect how long it may take to connect, and how long to log in
 * @param silence a connection over which nothing comes for so long is lost
 * @param answer how long a command without work of its own may take
 * @param stopGrace how long the bridge has to end by itself when its workspace is stopped
 * @param classCache make the bridge's cache of classes beside the first start
 */
record SshOptions(
        Host target,
        @Nullable Host jump,
        @Nullable String key,
        @Nullable Path agentSocket,
        String folder,
        IsolationChoice isolation,
        Duration connect,
        Duration silence,
        Duration answer,
        Duration stopGrace,
        boolean classCache) {

    static final String FOLDER = "~/.claude-vm-machine";

    /**
     * One machine.
     *
     * @param hostKey what a person has confirmed: {@code SHA256:…} or a public key in OpenSSH's format; null: nothing yet
     * @param hostKeyOption the option's name in which that is kept
     */
    record Host(
            String user, String name, int port, @Nullable String hostKey, String hostKeyOption) {

        /** For people. */
        String shown() {
            return user + "@" + name + (port == 22 ? "" : ":" + port);
        }
    }

    /** Whether workspaces are sandboxed. */
    enum IsolationChoice {
        /** A sandbox where that works, else plain processes and a warning. */
        AUTO,
        /** A sandbox, or no start. */
        BUBBLEWRAP,
        /** Plain processes. */
        NONE;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "SshOptions[" + target.shown() + ", " + folder + "]";
    }
}
