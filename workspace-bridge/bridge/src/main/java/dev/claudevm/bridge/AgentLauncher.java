package dev.claudevm.bridge;

import dev.claudevm.agents.Adapter;
import dev.claudevm.agents.Adapter.Launch;
import dev.claudevm.protocol.Bridge.AgentSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Makes command line and environment of an agent's run and starts it. */
final class AgentLauncher {

    private final BridgeConfig config;

    AgentLauncher(BridgeConfig config) {
        this.config = config;
    }

    /** @return how the newest run of {@code state} was or is to be started: always the same for a run */
    Launch launch(String conversationId, ConversationState state) {
        UUID session = UUID.nameUUIDFromBytes(
                ("claude-vm/" + conversationId + "/" + state.sessionRun()).getBytes(StandardCharsets.UTF_8));
        return new Launch(
                session.toString(),
                state.resumed(),
                state.launchMode(),
                config.project().toString());
    }

    void start(AgentRun run, Adapter adapter, AgentSpec spec, Launch launch) throws IOException {
        Map<String, String> environment = new LinkedHashMap<>(config.agentEnvironment());
        environment.putAll(adapter.environment(launch));
        environment.putAll(spec.env());
        run.launch(adapter.commandLine(expanded(spec.command()), launch), environment, config.project());
    }

    private List<String> expanded(List<String> command) {
        List<String> result = new ArrayList<>();
        for (String word : command) {
            if (word.equals("{bridge}")) {
                result.addAll(ownCommandLine());
            } else {
                result.add(word.replace("{agents}", config.agents().toString()));
            }
        }
        return result;
    }

    /** @return a java with the bridge's class path; the main class follows */
    private static List<String> ownCommandLine() {
        return List.of(
                java.nio.file.Path.of(System.getProperty("java.home"), "bin", "java")
                        .toString(),
                "-Xmx48m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"));
    }
}
