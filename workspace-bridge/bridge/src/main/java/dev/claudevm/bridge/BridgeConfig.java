package dev.claudevm.bridge;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the bridge is started with; all from its environment.
 *
 * @param gateway {@code host:port}; null: nobody to dial (training, tests of the HTTP API)
 * @param gatewayKey the gateway's host key in OpenSSH's format
 * @param project the agents' working directory
 * @param state the bridge's own folder
 * @param agents the folder of the agents' programs
 * @param agentHome {@code HOME} of the agents
 * @param inherited what agents and tmux get of the bridge's environment: PATH, HOME, LANG, TERM, TMPDIR; for tmux also
 *     TMUX_TMPDIR
 * @param stopPatience how long an agent may take to stop its turn before it is ended: {@code CLAUDE_VM_STOP_SECONDS}, 1
 *     to 3600, by default 20
 */
record BridgeConfig(
        String workspaceId,
        long generation,
        @Nullable String gateway,
        @Nullable String gatewayKey,
        Path project,
        Path state,
        Path agents,
        Path agentHome,
        Map<String, String> inherited,
        Duration stopPatience) {

    /**
     * @throws IllegalArgumentException with a message for people when something is missing or wrong
     */
    static BridgeConfig from(Map<String, String> env) {
        String generation = need(env, "CLAUDE_VM_GENERATION");
        long number;
        try {
            number = Long.parseLong(generation);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("CLAUDE_VM_GENERATION must be a number, not \"" + generation + "\".", e);
        }
        Map<String, String> inherited = new LinkedHashMap<>();
        inherited.put("PATH", env.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin"));
        inherited.put("HOME", need(env, "HOME"));
        inherited.put("LANG", env.getOrDefault("LANG", "C.UTF-8"));
        inherited.put("TERM", env.getOrDefault("TERM", "xterm-256color"));
        inherited.put("TMPDIR", env.getOrDefault("TMPDIR", "/tmp"));
        String socket = env.get("TMUX_TMPDIR");
        if (socket != null) {
            inherited.put("TMUX_TMPDIR", socket);
        }
        return new BridgeConfig(
                need(env, "CLAUDE_VM_WORKSPACE"),
                number,
                need(env, "CLAUDE_VM_GATEWAY"),
                need(env, "CLAUDE_VM_GATEWAY_KEY"),
                Path.of(need(env, "CLAUDE_VM_PROJECT")).toAbsolutePath(),
                Path.of(need(env, "CLAUDE_VM_BRIDGE_HOME")).toAbsolutePath(),
                Path.of(env.getOrDefault("CLAUDE_VM_AGENTS", "/opt/claude-vm/agents"))
                        .toAbsolutePath(),
                Path.of(need(env, "HOME")).toAbsolutePath(),
                Map.copyOf(inherited),
                stopPatience(env.getOrDefault("CLAUDE_VM_STOP_SECONDS", "20")));
    }

    private static Duration stopPatience(String seconds) {
        if (!seconds.matches("[1-9][0-9]{0,3}") || Integer.parseInt(seconds) > 3600) {
            throw new IllegalArgumentException(
                    "CLAUDE_VM_STOP_SECONDS must be a number from 1 to 3600, not \"" + seconds + "\".");
        }
        return Duration.ofSeconds(Integer.parseInt(seconds));
    }

    private static String need(Map<String, String> env, String name) {
        String value = env.get(name);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException("The environment variable " + name + " is missing; set it.");
        }
        return value;
    }

    /** @return the environment of an agent before its own variables are added */
    Map<String, String> agentEnvironment() {
        Map<String, String> result = new LinkedHashMap<>(inherited);
        result.remove("TMUX_TMPDIR");
        return result;
    }
}
