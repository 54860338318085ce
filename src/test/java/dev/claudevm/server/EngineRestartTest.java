package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Json;
import dev.claudevm.testkit.DockerEngine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Docker is stopped and started again under a workspace at work, as an upgrade of it does. */
class EngineRestartTest {

    private static final Duration LONG = Duration.ofMinutes(2);

    @TempDir
    Path base;

    @Test
    void aWorkspaceOutlivesAnEngineThatWasStoppedInMidTurn() throws Exception {
        DockerEngine engine = DockerEngine.in(Files.createTempDirectory("cvm-engine"));
        Files.writeString(
                Files.createDirectories(base.resolve("home")).resolve("config.yaml"),
                "providers: {docker: {host: \"" + engine.host() + "\", image: \"" + DockerEngine.IMAGE + "\"}}\n");
        Files.writeString(Files.createDirectories(base.resolve("project")).resolve("file"), "x");
        try (ServerProcess server = ServerProcess.start(base, Map.of())) {
            server.trainBridges();
            String wish = Json.MAPPER
                    .createObjectNode()
                    .put("source", base.resolve("project").toString())
                    .put("provider", "docker")
                    .toString();
            String id =
                    server.call("POST", "workspaces", wish).json().path("id").asString("");
            server.awaitOnline(id);
            String conversation = server.newConversation(id, "demo");
            server.say(conversation, "m1", "say before");
            awaitOnce(server, conversation, "before");
            server.say(conversation, "m2", "slow 600 1000");
            await("the turn runs")
                    .atMost(LONG)
                    .until(() -> server.get("conversations/" + conversation)
                            .path("state")
                            .asString("")
                            .equals("working"));

            engine.stop();
            await("it is seen to be offline")
                    .atMost(LONG)
                    .until(() -> !server.get("workspaces/" + id).path("online").asBoolean(true));
            ServerProcess.Answer refused = server.call("POST", "workspaces", wish);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.json().toString()).contains("does not answer", "Start Docker");
            assertThat(server.say(conversation, "m3", "say after").status()).isEqualTo(202);

            engine.start();
            // The message may have tried to wake it while there was no Engine: then a person is told, and tries again.
            await("it runs again").atMost(LONG).until(() -> {
                JsonNode now = server.get("workspaces/" + id);
                if (now.path("state").asString("").equals("failed")) {
                    server.call("POST", "workspaces/" + id + "/up", "");
                }
                return now.path("online").asBoolean(false);
            });
            awaitOnce(server, conversation, "after");
            awaitOnce(server, conversation, "before");
            server.deleteWorkspace(id);
        } finally {
            engine.remove();
        }
    }

    private static void awaitOnce(ServerProcess server, String conversation, String text) {
        await("the agent says " + text)
                .atMost(LONG)
                .untilAsserted(() -> assertThat(
                                server
                                        .get("conversations/" + conversation + "/events?limit=1000")
                                        .path("events")
                                        .values()
                                        .stream()
                                        .filter(event ->
                                                event.path("type").asString("").equals("text"))
                                        .map((JsonNode event) ->
                                                event.path("markdown").asString("")))
                        .containsOnlyOnce(text));
    }
}
