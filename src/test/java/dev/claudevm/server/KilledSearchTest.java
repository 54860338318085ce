package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The server is killed again and again while its index follows what is said. A real server, a real workspace. */
class KilledSearchTest {

    private static final int DEATHS = 3;
    private static final int EACH = 4;

    @TempDir
    Path base;

    private static List<String> found(ServerProcess server, String words) throws Exception {
        JsonNode page = server.get("search?q=" + words + "&limit=100");
        assertThat(page.path("complete").asBoolean(false)).as(page.toString()).isTrue();
        List<String> found = new ArrayList<>();
        for (JsonNode hit : page.path("results").values()) {
            found.add(hit.path("kind").asString("") + ": " + hit.path("text").asString(""));
        }
        return found;
    }

    @Test
    void everythingIsFoundOnceHoweverOftenTheServerDies() throws Exception {
        Path project = Files.createDirectories(base.resolve("project"));
        Files.writeString(project.resolve("README"), "a project");
        Map<String, String> quick = Map.of("CLAUDE_VM_SEARCH_EVERY", "20ms");
        ServerProcess server = ServerProcess.start(base, quick);
        String workspace = "";
        try {
            workspace = server.runningWorkspace(project);
            String conversation = server.newConversation(workspace, "demo");
            for (int death = 0; death < DEATHS; death++) {
                for (int i = 0; i < EACH; i++) {
                    server.say(conversation, "m-" + death + "-" + i, "say zebra" + death + "x" + i);
                }
                // Now and then there is an index already, open and not written down.
                server.get("search?q=zebra");
                server.kill9();
                server = ServerProcess.start(base, quick);
                server.awaitOnline(workspace);
            }
            ServerProcess now = server;
            await("all is found")
                    .atMost(2, TimeUnit.MINUTES)
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(found(now, "zebra")).hasSize(2 * DEATHS * EACH));
            for (int death = 0; death < DEATHS; death++) {
                for (int i = 0; i < EACH; i++) {
                    String word = "zebra" + death + "x" + i;
                    assertThat(found(server, word))
                            .containsExactlyInAnyOrder("message: say " + word, "answer: " + word);
                }
            }
        } finally {
            if (!workspace.isEmpty()) {
                server.deleteWorkspace(workspace);
            }
            server.close();
        }
    }
}
