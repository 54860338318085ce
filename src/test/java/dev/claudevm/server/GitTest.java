package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.testkit.CleanProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The project's own git through the server's API. */
class GitTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path base;

    private static ServerProcess.Answer call(ServerProcess server, String method, String path, String body)
            throws Exception {
        return server.call(method, path, body);
    }

    @Test
    void whatIsStagedIsCommittedAndARefusalHasGitsWords() throws Exception {
        Path project = Files.createDirectories(base.resolve("project"));
        Files.writeString(project.resolve("a.txt"), "one\n");
        try (CleanProcess init = CleanProcess.of(
                        "bash",
                        "-euc",
                        "git init -q -b main; git config user.name anna; git config user.email anna@localhost;"
                                + " git add .; git commit -qm begin; echo two >>a.txt; echo n >'new file.txt'")
                .in(project)
                .start()) {
            assertThat(init.awaitExit(PATIENCE)).as(init.log()).isZero();
        }
        try (ServerProcess server = ServerProcess.start(base, Map.of())) {
            String workspace = server.runningWorkspace(project);
            String git = "workspaces/" + workspace + "/git";
            JsonNode overview = server.get(git);
            assertThat(overview.path("status").path("branch").asString()).isEqualTo("main");
            assertThat(overview.path("status").path("unstaged")).hasSize(2);
            assertThat(server.get(git + "/diff?path=a.txt").path("unified").asString())
                    .contains("+two");
            HttpResponse<java.io.InputStream> old =
                    server.send("GET", git + "/file?path=a.txt&state=old", BodyPublishers.noBody());
            assertThat(new String(old.body().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("one\n");
            assertThat(old.headers().firstValue("x-content-type-options")).hasValue("nosniff");

            String head = overview.path("status").path("head").asString();
            String message = "{\"message\": \"Second\", \"head\": \"" + head + "\"}";
            ServerProcess.Answer early = call(server, "POST", git + "/commit", message);
            assertThat(early.status()).isEqualTo(409);
            assertThat(early.json().path("kind").asString()).isEqualTo("nothing");
            assertThat(early.json().path("detail").asString("")).isNotBlank();
            assertThat(early.json().path("todo").asString("")).isNotBlank();
            assertThat(call(server, "POST", git + "/stage", "{\"paths\": [\"a.txt\"]}")
                            .status())
                    .isEqualTo(200);
            String made = call(server, "POST", git + "/commit", message)
                    .json()
                    .path("head")
                    .asString();
            assertThat(call(server, "POST", git + "/commit", message)
                            .json()
                            .path("head")
                            .asString())
                    .isEqualTo(made);
            assertThat(server.get(git + "/log").path("commits")).hasSize(2);
            assertThat(server.get(git + "/commits/" + made).path("message").asString())
                    .isEqualTo("Second");

            JsonNode undo = call(server, "POST", git + "/discard", "{\"paths\": [\"new file.txt\"]}")
                    .json();
            assertThat(server.get(git).path("status").path("unstaged")).isEmpty();
            assertThat(call(server, "POST", git + "/discard/undo", undo.toString())
                            .status())
                    .isEqualTo(200);
            assertThat(server.get(git).path("status").path("unstaged")).hasSize(1);

            assertThat(call(server, "POST", git + "/push", "{\"id\": \"p1\"}").status())
                    .isEqualTo(200);
            await("the push has ended")
                    .atMost(PATIENCE)
                    .until(() -> server.get(git + "/job")
                            .path("job")
                            .path("state")
                            .asString()
                            .equals("failed"));
            assertThat(server.get(git + "/job").path("job").path("kind").asString())
                    .isEqualTo("none");
            assertThat(call(server, "DELETE", git + "/job/p1", "").status()).isEqualTo(204);
            for (String path : new String[] {"../x", ".git/config", "/etc/passwd"}) {
                assertThat(call(server, "POST", git + "/stage", "{\"paths\": [\"" + path + "\"]}")
                                .status())
                        .as(path)
                        .isEqualTo(400);
            }
            HttpRequest wrong = HttpRequest.newBuilder(URI.create(server.url() + "/api/v1/" + git))
                    .header("Authorization", "Bearer cvm_wrong")
                    .build();
            try (HttpClient client = HttpClient.newHttpClient()) {
                assertThat(client.send(wrong, HttpResponse.BodyHandlers.discarding())
                                .statusCode())
                        .isEqualTo(401);
            }
            assertThat(call(server, "POST", "workspaces/" + workspace + "/down", "")
                            .status())
                    .isLessThan(300);
            await("the workspace is stopped")
                    .atMost(PATIENCE)
                    .until(() -> call(server, "GET", git, "").status() == 503);
            assertThat(call(server, "GET", git, "").json().path("todo").asString(""))
                    .isNotBlank();
            server.deleteWorkspace(workspace);
        }
    }
}
