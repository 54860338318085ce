package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Json;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a turn changed, seen and taken back through the server's API. */
class CheckpointsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    static final OneWorkspace THERE =
            new OneWorkspace(project -> Files.writeString(project.resolve("a.txt"), "one\ntwo\n"));

    private static String conversation = "";

    private static ServerProcess server() {
        return THERE.server();
    }

    @BeforeAll
    static void start() throws Exception {
        conversation = server().call(
                        "POST",
                        "workspaces/" + THERE.id() + "/conversations",
                        "{\"agent\": \"demo\", \"mode\": \"bypassPermissions\"}")
                .json()
                .path("id")
                .asString("");
    }

    private static JsonNode list() throws Exception {
        return server().get("conversations/" + conversation + "/checkpoints");
    }

    private static int restore(String id, String checkpoint, @Nullable String path) throws Exception {
        ObjectNode wanted = Json.MAPPER.createObjectNode().put("id", id).put("checkpointId", checkpoint);
        if (path != null) {
            wanted.put("path", path);
        }
        ServerProcess.Answer answer =
                server().call("POST", "conversations/" + conversation + "/restore", wanted.toString());
        if (answer.status() >= 400) {
            assertThat(answer.json().path("detail").asString("")).isNotBlank();
            assertThat(answer.json().path("todo").asString("")).isNotBlank();
        }
        return answer.status();
    }

    private static String content(String path) throws Exception {
        HttpResponse<InputStream> file = server().send(
                        "GET", "workspaces/" + THERE.id() + "/files/content?path=" + path, BodyPublishers.noBody());
        return file.statusCode() + " " + new String(file.body().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void aTurnIsShownBroughtBackAndTheWayBackIsTakenBack() throws Exception {
        server().say(conversation, "m1", "write a.txt ::: one\\n2\\n ;; write new.txt ::: new\\n");
        await("the turn's checkpoint")
                .atMost(PATIENCE)
                .until(() -> list().path("checkpoints").size() >= 2);
        JsonNode turn = list().path("checkpoints").get(1);
        assertThat(turn.path("why").asString()).isEqualTo("turn");
        assertThat(turn.path("files").asInt()).isEqualTo(2);
        String since = turn.path("since").asString();
        String to = turn.path("checkpointId").asString();
        String checkpoints = "workspaces/" + THERE.id() + "/checkpoints/";

        JsonNode changes = server().get(checkpoints + since + "/changes?to=" + to);
        assertThat(changes.path("total").asInt()).isEqualTo(2);
        assertThat(changes.path("files").get(0).path("path").asString()).isEqualTo("a.txt");
        assertThat(server().get(checkpoints + since + "/diff?path=a.txt&to=" + to)
                        .path("unified")
                        .asString())
                .contains("-two")
                .contains("+2");
        HttpResponse<InputStream> old =
                server().send("GET", checkpoints + since + "/file?path=a.txt", BodyPublishers.noBody());
        assertThat(old.body().readAllBytes()).asString().isEqualTo("one\ntwo\n");
        assertThat(old.headers().firstValue("x-content-type-options")).hasValue("nosniff");
        assertThat(server().get(checkpoints + to + "/left-out").path("total").asInt(-1))
                .isZero();

        assertThat(restore("r1", since, null)).isEqualTo(202);
        assertThat(restore("r1", since, null)).isEqualTo(202);
        await("everything is back")
                .atMost(PATIENCE)
                .until(() -> list().path("restored").size() == 1);
        assertThat(content("a.txt")).isEqualTo("200 one\ntwo\n");
        assertThat(content("new.txt")).startsWith("404 ");

        String before = list().path("restored").get(0).path("beforeId").asString();
        assertThat(restore("r2", before, "a.txt")).isEqualTo(202);
        await("one file as the turn left it")
                .atMost(PATIENCE)
                .until(() -> list().path("restored").size() == 2);
        assertThat(content("a.txt")).isEqualTo("200 one\n2\n");
        assertThat(content("new.txt")).startsWith("404 ");

        String hunk = "{\"id\": \"r3\", \"checkpointId\": \"" + since + "\", \"path\": \"a.txt\", \"hunk\": {\"to\": \""
                + to + "\", \"oldLine\": 2, \"oldLines\": 1, \"newLine\": 2, \"newLines\": 1}}";
        for (int i = 0; i < 2; i++) {
            assertThat(server().call("POST", "conversations/" + conversation + "/restore", hunk)
                            .status())
                    .isEqualTo(202);
        }
        await("one change alone")
                .atMost(PATIENCE)
                .until(() -> list().path("restored").size() == 3);
        assertThat(content("a.txt")).isEqualTo("200 one\ntwo\n");
        String other = hunk.replace("r3", "r4");
        for (String wrong : new String[] {
            other.replace("\"newLines\": 1", "\"newLines\": -1"),
            other.replace("\"newLine\": 2", "\"newLine\": 0"),
            other.replace("\"path\": \"a.txt\", ", "")
        }) {
            assertThat(server().call("POST", "conversations/" + conversation + "/restore", wrong)
                            .status())
                    .as(wrong)
                    .isEqualTo(400);
        }
    }

    @Test
    void whatIsNoCheckpointNoPathOrNobodysIsAProblem() throws Exception {
        String checkpoints = "workspaces/" + THERE.id() + "/checkpoints/";
        assertThat(server().call("GET", checkpoints + "nothing/changes?to=nothing", "")
                        .status())
                .isEqualTo(404);
        assertThat(server().call("GET", checkpoints + "a%20b/changes", "").status())
                .isEqualTo(404);
        assertThat(server().call("GET", checkpoints + "x/diff?path=..%2f..%2fetc%2fpasswd", "")
                        .status())
                .isEqualTo(400);
        assertThat(server().call("GET", checkpoints + "x/file?path=%2fetc%2fpasswd", "")
                        .status())
                .isEqualTo(400);
        assertThat(server().call("GET", "conversations/c-unknown/checkpoints", "")
                        .status())
                .isEqualTo(404);
        assertThat(restore("b1", "x y", null)).isEqualTo(400);
        for (String path : new String[] {"../x", "/etc/passwd", "a//b", "a/./b", ""}) {
            assertThat(restore("b2", "x", path)).as(path).isEqualTo(400);
        }
    }

    @Test
    void nobodyWhoIsNotLetInSeesACheckpoint() throws Exception {
        for (String path : new String[] {
            "conversations/" + conversation + "/checkpoints", "workspaces/" + THERE.id() + "/checkpoints/x/changes"
        }) {
            HttpRequest wrong = HttpRequest.newBuilder(URI.create(server().url() + "/api/v1/" + path))
                    .header("Authorization", "Bearer cvm_wrong")
                    .build();
            try (HttpClient client = HttpClient.newHttpClient()) {
                assertThat(client.send(wrong, HttpResponse.BodyHandlers.discarding())
                                .statusCode())
                        .isEqualTo(401);
            }
        }
    }
}
