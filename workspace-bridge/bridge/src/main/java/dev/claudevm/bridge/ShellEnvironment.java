package dev.claudevm.bridge;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.channel.ChannelSession;

/** What programs of people who come in by SSH are started with. */
final class ShellEnvironment {

    private static final boolean SETSID = Files.isExecutable(Path.of("/usr/bin/setsid"));
    private static final boolean BASH = Files.isExecutable(Path.of("/bin/bash"));

    private ShellEnvironment() {}

    static String shell() {
        return BASH ? "/bin/bash" : "/bin/sh";
    }

    /** @return the same program as leader of a session and group of its own, so that signals reach it and nobody else */
    static List<String> asLeader(List<String> program) {
        if (!SETSID) {
            return program;
        }
        List<String> line = new ArrayList<>(List.of("/usr/bin/setsid"));
        line.addAll(program);
        return line;
    }

    /** @return the bridge's own, what the client may set, and what sshd would set */
    static Map<String, String> of(BridgeConfig config, ChannelSession channel, Environment env) {
        Map<String, String> variables = new HashMap<>(config.inherited());
        boolean terminal = channel instanceof WorkspaceChannel own && own.terminal();
        if (!terminal) {
            variables.remove("TERM");
        }
        variables.putAll(env.getEnv());
        // Whoever exports these takes them for the terminal's size, for ever.
        variables.remove(Environment.ENV_COLUMNS);
        variables.remove(Environment.ENV_LINES);
        String user = System.getProperty("user.name", "root");
        variables.put("USER", user);
        variables.put("LOGNAME", user);
        variables.put("SHELL", shell());
        // By these programs know that somebody is on the other end of a line; bash then reads ~/.bashrc for commands.
        int port = channel.getServerSession().getClientAddress() instanceof InetSocketAddress from ? from.getPort() : 0;
        variables.put("SSH_CLIENT", "127.0.0.1 " + port + " 22");
        variables.put("SSH_CONNECTION", "127.0.0.1 " + port + " 127.0.0.1 22");
        return variables;
    }
}
