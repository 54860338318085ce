package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Json;
import dev.claudevm.testkit.ClaudeCode;
import dev.claudevm.testkit.CuttingProxy;
import dev.claudevm.testkit.SshMachine;
import dev.claudevm.testkit.StandInModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Agents at work on a machine behind a real sshd, over a connection that breaks. */
@SuppressWarnings("NullAway.Init")
class SshWorkspaceTest {

    private static final Duration LONG = Duration.ofMinutes(2);

    @TempDir
    static Path base;

    private static SshMachine machine;
    private static CuttingProxy network;
    private static StandInModel model;
    private static ServerProcess server;
    private static String workspace = "";

    @BeforeAll
    static void aWorkspaceOnAMachine() throws Exception {
        machine = SshMachine.start();
        network = CuttingProxy.before("127.0.0.1", machine.port());
        model = StandInModel.start();
        Path home = Files.createDirectories(base.resolve("home"));
        Files.writeString(home.resolve("config.yaml"), """
            agents: {claude: {command: ["%s"]}}
            ssh: {port: 0}
            """.formatted(ClaudeCode.binary()));
        Path project = Files.createDirectories(base.resolve("project"));
        Files.writeString(project.resolve("README"), "a project");
        server = startServer();
        AddedMachine.add(server, machine, network.port());
        ObjectNode wish =
                Json.MAPPER.createObjectNode().put("source", project.toString()).put("provider", "build");
        workspace = server.call("POST", "workspaces", wish.toString())
                .json()
                .path("id")
                .asString("");
        server.awaitOnline(workspace);
    }

    private static ServerProcess startServer() throws IOException {
        return ServerProcess.start(
                base,
                Map.of(
                        "ANTHROPIC_BASE_URL",
                        "http://127.0.0.1:" + model.port(),
                        "ANTHROPIC_API_KEY",
                        "sk-ant-test-key",
                        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
                        "1"));
    }

    @AfterAll
    static void nothingStays() throws Exception {
        if (server != null) {
            network.mode(CuttingProxy.Mode.PASS);
            if (!workspace.isEmpty()) {
                server.deleteWorkspace(workspace);
            }
            server.close();
        }
        try (Stream<Path> left = Files.list(machine.home())) {
            assertThat(left).isEmpty();
        } finally {
            network.close();
            model.close();
            machine.close();
        }
    }

    private static List<JsonNode> events(String conversation) throws IOException, InterruptedException {
        return server.get("conversations/" + conversation + "/events?limit=1000").path("events").values().stream()
                .toList();
    }

    private static List<String> types(String conversation) throws IOException, InterruptedException {
        return events(conversation).stream()
                .map(event -> event.path("type").asString(""))
                .toList();
    }

    private static List<String> texts(String conversation) throws IOException, InterruptedException {
        return events(conversation).stream()
                .filter(event -> event.path("type").asString("").equals("text"))
                .map(event -> event.path("markdown").asString(""))
                .toList();
    }

    private static void awaitText(String conversation, String text) {
        await("the agent says " + text)
                .atMost(LONG)
                .untilAsserted(() -> assertThat(texts(conversation)).contains(text));
    }

    /** The connection is cut while a turn runs and a message waits; then the machine is restarted. */
    @Test
    void nothingIsLostWhenTheConnectionBreaksAndAMessageWakesAMachineThatWasRestarted() throws Exception {
        server.awaitOnline(workspace);
        String conversation = server.newConversation(workspace, "claude");
        assertThat(server.say(conversation, "m1", "say I am here").status()).isEqualTo(202);
        awaitText(conversation, "I am here");
        assertThat(TrainedBridges.areUsedBy(workspace))
                .as("the cache of classes")
                .isTrue();

        assertThat(server.say(conversation, "m2", "slow 40 100\nsay the turn went on")
                        .status())
                .isEqualTo(202);
        await("the turn runs")
                .atMost(LONG)
                .until(() -> types(conversation).stream()
                                .filter("turn.started"::equals)
                                .count()
                        == 2);
        network.mode(CuttingProxy.Mode.REFUSE);
        assertThat(server.say(conversation, "m3", "say said while it was cut").status())
                .isEqualTo(202);
        await("the cut is seen")
                .atMost(LONG)
                .until(() ->
                        !server.get("workspaces/" + workspace).path("online").asBoolean(true));
        network.mode(CuttingProxy.Mode.PASS);
        awaitText(conversation, "said while it was cut");

        machine.reboot();
        await("the workspace is seen to be stopped").atMost(LONG).untilAsserted(() -> {
            JsonNode now = server.get("workspaces/" + workspace);
            assertThat(now.path("state").asString("")).isEqualTo("stopped");
        });
        assertThat(server.say(conversation, "m4", "say awake again").status()).isEqualTo(202);
        awaitText(conversation, "awake again");
        assertThat(texts(conversation))
                .containsOnlyOnce("I am here", "the turn went on", "said while it was cut", "awake again");
    }

    /** Whatever the server does: the workspace lives, and the next server finds the way to it. */
    @Test
    void theServersEndIsNotTheWorkspaces() throws Exception {
        server.awaitOnline(workspace);
        String conversation = server.newConversation(workspace, "demo");
        assertThat(server.say(conversation, "m1", "say before").status()).isEqualTo(202);
        awaitText(conversation, "before");
        server.kill9();
        server.close();
        server = startServer();
        server.awaitOnline(workspace);
        assertThat(server.get("workspaces/" + workspace).path("state").asString(""))
                .isEqualTo("running");
        assertThat(server.say(conversation, "m2", "say after").status()).isEqualTo(202);
        awaitText(conversation, "after");
    }
}
