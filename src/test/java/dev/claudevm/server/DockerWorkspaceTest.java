package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Json;
import dev.claudevm.testkit.ClaudeCode;
import dev.claudevm.testkit.DockerEngine;
import dev.claudevm.testkit.StandInModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Agents at work in containers of a real Engine, in an image that has neither git nor tmux nor Java. */
@SuppressWarnings("NullAway.Init")
class DockerWorkspaceTest {

    private static final Duration LONG = Duration.ofMinutes(2);

    /** Where the stand-in model is seen in the workspace: its own loopback, to which a person's ssh -R leads. */
    private static final int MODEL_PORT = 18_080;

    @TempDir
    static Path base;

    private static DockerEngine engine;
    private static StandInModel model;
    private static ServerProcess server;
    private static String workspace = "";

    @BeforeAll
    static void aWorkspaceInDocker() throws Exception {
        engine = DockerEngine.get();
        model = StandInModel.start();
        Path home = Files.createDirectories(base.resolve("home"));
        Files.writeString(
                home.resolve("config.yaml"), """
                providers: {docker: {host: "%s", image: "%s", memory: 2GB, pids: 2000}}
                agents: {claude: {command: ["%s"]}}
                ssh: {port: 0}
                """.formatted(engine.host(), DockerEngine.IMAGE, ClaudeCode.binary()));
        Path project = Files.createDirectories(base.resolve("project"));
        Files.writeString(project.resolve("README"), "a project");
        server = ServerProcess.start(
                base,
                Map.of(
                        "ANTHROPIC_BASE_URL",
                        "http://127.0.0.1:" + MODEL_PORT,
                        "ANTHROPIC_API_KEY",
                        "sk-ant-test-key",
                        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
                        "1"));
        server.trainBridges();
        workspace = make(null).path("id").asString("");
        server.awaitOnline(workspace);
    }

    @AfterAll
    static void nothingStays() throws Exception {
        if (server != null) {
            if (!workspace.isEmpty()) {
                server.deleteWorkspace(workspace);
            }
            server.close();
            String id =
                    Files.readString(base.resolve("home/docker/installation")).strip();
            String filter = "?all=true&filters=%7B%22label%22%3A%5B%22dev.claudevm.installation%3D" + id + "%22%5D%7D";
            assertThat(engine.call("GET", "/containers/json" + filter)).endsWith("\n[]\n");
            assertThat(engine.call("GET", "/volumes" + filter)).doesNotContain("claude-vm-");
            assertThat(engine.call("GET", "/networks" + filter)).endsWith("\n[]\n");
        }
        model.close();
    }

    private static JsonNode make(@Nullable String image) throws Exception {
        var wish = Json.MAPPER
                .createObjectNode()
                .put("source", base.resolve("project").toString())
                .put("provider", "docker");
        if (image != null) {
            wish.put("image", image);
        }
        return server.call("POST", "workspaces", wish.toString()).json();
    }

    private static List<String> texts(String conversation) throws IOException, InterruptedException {
        return server.get("conversations/" + conversation + "/events?limit=1000").path("events").values().stream()
                .filter(event -> event.path("type").asString("").equals("text"))
                .map(event -> event.path("markdown").asString(""))
                .toList();
    }

    private static void awaitText(String conversation, String text) {
        await("the agent says " + text)
                .atMost(LONG)
                .untilAsserted(() -> assertThat(texts(conversation)).contains(text));
    }

    @Test
    void theDemoAgentWorksAndAMessageWakesItsStoppedWorkspace() throws Exception {
        String conversation = server.newConversation(workspace, "demo");
        assertThat(server.say(conversation, "m1", "say before the stop").status())
                .isEqualTo(202);
        awaitText(conversation, "before the stop");
        assertThat(TrainedBridges.areUsedBy(workspace))
                .as("the cache of classes")
                .isTrue();
        await("the kit's git takes a checkpoint")
                .atMost(LONG)
                .until(() -> server.get("conversations/" + conversation + "/checkpoints")
                                .path("checkpoints")
                                .size()
                        >= 2);

        server.call("POST", "workspaces/" + workspace + "/down", "");
        awaitState(workspace, "stopped");
        assertThat(server.say(conversation, "m2", "say awake again").status()).isEqualTo(202);
        awaitText(conversation, "awake again");

        // Somebody cleans up behind our back.
        String name = Files.readString(base.resolve("home/docker/installation")).substring(0, 8);
        engine.call("DELETE", "/containers/claude-vm-" + name + "-" + workspace + "?force=true");
        awaitState(workspace, "stopped");
        assertThat(server.say(conversation, "m3", "say in another container").status())
                .isEqualTo(202);
        awaitText(conversation, "in another container");
        assertThat(texts(conversation)).containsOnlyOnce("before the stop", "awake again");
    }

    @Test
    void claudeCodeWorksInAContainer() throws Exception {
        server.awaitOnline(workspace);
        try (Tunnel tunnel = Tunnel.into(base.resolve("tunnel"), server, workspace, MODEL_PORT, model.port())) {
            String conversation = server.newConversation(workspace, "claude");
            assertThat(server.say(conversation, "m1", "say I am here").status()).isEqualTo(202);
            awaitText(conversation, "I am here");
            assertThat(tunnel.open()).isTrue();
        }
    }

    @Test
    void anImageThatCannotBeHadIsSaidAndLeavesNothing() throws Exception {
        String id = make("localhost:1/no/such:image").path("id").asString("");
        awaitState(id, "failed");
        JsonNode failed = server.get("workspaces/" + id);
        assertThat(failed.path("reason").asString("")).contains("localhost:1/no/such:image", "cannot be had");
        assertThat(failed.path("todo").asString("")).contains("docker pull");
        server.deleteWorkspace(id);
    }

    @Test
    void theProviderSaysWhatItIs() throws Exception {
        JsonNode docker = server.get("providers").path("providers").path(1);
        assertThat(docker.path("id").asString("")).isEqualTo("docker");
        assertThat(docker.path("available").asBoolean()).isTrue();
        assertThat(docker.path("images").asBoolean()).isTrue();
        assertThat(docker.path("warnings").toString()).contains("network");
    }

    private static void awaitState(String id, String state) {
        await(id + " is " + state)
                .atMost(LONG)
                .untilAsserted(() -> assertThat(
                                server.get("workspaces/" + id).path("state").asString(""))
                        .isEqualTo(state));
    }
}
