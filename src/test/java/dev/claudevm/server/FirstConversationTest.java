package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.fake.NpmRegistry;
import dev.claudevm.testkit.ClaudeCode;
import dev.claudevm.testkit.StandInModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A newcomer says something to Claude, which is not installed and has no key. Nothing is lost, each time it is said what
 * to do, and when it is done Claude begins the turn. With the real npm and the real Claude Code.
 */
class FirstConversationTest {

    @TempDir
    Path base;

    @Test
    void claudeIsInstalledByItselfAndWhatWasSaidWaitsForIt() throws Exception {
        Path project = Files.createDirectories(base.resolve("project"));
        Files.writeString(project.resolve("README"), "a project");
        try (StandInModel model = StandInModel.start();
                NpmRegistry registry = NpmRegistry.closed();
                ServerProcess server = ServerProcess.start(base, environment(registry, model))) {
            String workspace = server.runningWorkspace(project);
            try {
                String conversation = server.newConversation(workspace, "claude");
                assertThat(server.say(conversation, "m1", "say I am here").status())
                        .isEqualTo(202);

                // The registry does not answer: what to do is said in the conversation, and in the inbox.
                await("the failed installation is told")
                        .atMost(1, TimeUnit.MINUTES)
                        .untilAsserted(() -> {
                            assertThat(whyItWaits(server, conversation)).contains("could not be installed", "registry");
                            assertThat(server.get("overview").path("failures").toString())
                                    .contains(conversation);
                        });
                assertThat(events(server, conversation)).isEmpty();

                // It answers again: the next message tries anew, and progress is told. There is no key yet.
                serveClaude(registry);
                registry.open();
                List<String> told = new ArrayList<>();
                assertThat(server.say(conversation, "m2", "say And again").status())
                        .isEqualTo(202);
                await("the key is asked for").atMost(3, TimeUnit.MINUTES).until(() -> {
                    String why = whyItWaits(server, conversation);
                    told.add(why);
                    return why.contains("has no key") && why.contains("Settings");
                });
                assertThat(told).anyMatch(why -> why.contains("is being installed"));
                assertThat(events(server, conversation)).isEmpty();

                assertThat(server.call("PUT", "agents/claude/key", "{\"key\": \"sk-ant-test-key\"}")
                                .status())
                        .isEqualTo(200);
                await("Claude answers to both messages")
                        .atMost(2, TimeUnit.MINUTES)
                        .untilAsserted(() -> {
                            List<JsonNode> events = events(server, conversation);
                            assertThat(of(events, "message.queued", "messageId"))
                                    .containsExactly("m1", "m2");
                            assertThat(of(events, "agent.ready", "version")).contains(ClaudeCode.version());
                            assertThat(of(events, "text", "markdown")).containsExactly("I am here", "And again");
                        });
                assertThat(server.get("overview").path("failures")).isEmpty();
                assertThat(server.get("conversations/" + conversation).has("agentNeeds"))
                        .isFalse();
            } finally {
                server.deleteWorkspace(workspace);
            }
        }
    }

    private Map<String, String> environment(NpmRegistry registry, StandInModel model) {
        return Map.of(
                "npm_config_registry",
                registry.url(),
                "npm_config_fetch_retries",
                "0",
                "PATH",
                pathWithoutClaude(),
                "ANTHROPIC_BASE_URL",
                model.baseUrl(),
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
                "1");
    }

    private static String pathWithoutClaude() {
        List<String> folders = new ArrayList<>();
        for (String folder : System.getenv("PATH").split(":", -1)) {
            if (!Files.exists(Path.of(folder, "claude"))) {
                folders.add(folder);
            }
        }
        return String.join(":", folders);
    }

    /** The two packages as npm has them: one for all systems, and one with the program for this one. */
    private void serveClaude(NpmRegistry registry) throws IOException, InterruptedException {
        String version = ClaudeCode.version();
        Path program = ClaudeCode.binary();
        String platform =
                Objects.requireNonNull(program.getParent()).getFileName().toString();
        Path own = Files.createDirectories(base.resolve("native/package"));
        Files.copy(program, own.resolve("claude"), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        Files.writeString(
                own.resolve("package.json"),
                "{\"name\": \"@anthropic-ai/" + platform + "\", \"version\": \"" + version + "\"}");
        Path wrapper = Files.createDirectories(base.resolve("wrapper/package"));
        Files.writeString(
                wrapper.resolve("package.json"),
                "{\"name\": \"@anthropic-ai/claude-code\", \"version\": \"" + version
                        + "\", \"dependencies\": {\"@anthropic-ai/" + platform + "\": \"" + version + "\"}}");
        registry.serve(base.resolve("native"), version);
        registry.serve(base.resolve("wrapper"), version);
    }

    /** What stands below the message in the conversation. */
    private static String whyItWaits(ServerProcess server, String conversation) throws Exception {
        JsonNode need = server.get("conversations/" + conversation).path("agentNeeds");
        return need.path("what").asString("") + " " + need.path("todo").asString("");
    }

    private static List<JsonNode> events(ServerProcess server, String conversation) throws Exception {
        return server.get("conversations/" + conversation + "/events?limit=1000").path("events").values().stream()
                .toList();
    }

    private static List<String> of(List<JsonNode> events, String type, String field) {
        return events.stream()
                .filter(event -> event.path("type").asString("").equals(type))
                .map(event -> event.path(field).asString(""))
                .toList();
    }
}
