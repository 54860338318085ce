package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * The server dies without warning around the acknowledgement of a message. Whoever got no answer says the same again; the
 * agent gets it once. A real server, a real workspace, a real bridge that lives on.
 */
class KilledServerTest {

    @TempDir
    static Path base;

    private static @Nullable ServerProcess running;
    private static String workspace = "";
    private static String conversation = "";

    private static ServerProcess server() {
        return Objects.requireNonNull(running);
    }

    @BeforeAll
    static void workspaceWithAConversation() throws Exception {
        Path project = Files.createDirectories(base.resolve("project"));
        Files.writeString(project.resolve("README"), "a project");
        running = ServerProcess.start(base, Map.of());
        workspace = server().runningWorkspace(project);
        conversation = server().newConversation(workspace, "demo");
    }

    @AfterAll
    static void nothingStays() throws Exception {
        if (running != null) {
            server().deleteWorkspace(workspace);
            server().close();
        }
    }

    private static void restart(Map<String, String> environment) throws IOException {
        server().close();
        running = ServerProcess.start(base, environment);
        server().awaitOnline(workspace);
    }

    @ParameterizedTest
    @ValueSource(strings = {"before-store", "before-commit", "after-commit", "after-delivery"})
    void aMessageWithoutAnAnswerIsSaidAgainAndArrivesOnce(String place) throws Exception {
        String text = "say killed " + place;
        restart(Map.of("CLAUDE_VM_TEST_CRASH", place + ":" + text));

        boolean acknowledged = acknowledged("m-" + place, text);
        assertThat(server().awaitExit()).isEqualTo(137);
        // After the delivery it may have been acknowledged already; before it never was.
        if (!place.equals("after-delivery")) {
            assertThat(acknowledged).isFalse();
        }

        restart(Map.of());
        assertThat(server().say(conversation, "m-" + place, text).status()).isEqualTo(202);
        awaitDoneOnce("m-" + place);
        assertThat(server().say(conversation, "m-" + place, text).status()).isEqualTo(202);
        awaitDoneOnce("m-" + place);
    }

    @Test
    void anAcknowledgedMessageNeedsNobodyToRepeatIt() throws Exception {
        assertThat(server().say(conversation, "m-acknowledged", "say acknowledged")
                        .status())
                .isEqualTo(202);
        server().kill9();

        restart(Map.of());
        awaitDoneOnce("m-acknowledged");
    }

    private static boolean acknowledged(String messageId, String text) throws InterruptedException {
        try {
            return server().say(conversation, messageId, text).status() == 202;
        } catch (IOException died) {
            return false;
        }
    }

    /** Queued once, one turn, which is done; and nothing of it comes later. */
    private static void awaitDoneOnce(String messageId) {
        await("the turn of " + messageId + " is done")
                .atMost(1, TimeUnit.MINUTES)
                .until(() -> events().stream()
                        .filter(event -> event.path("type").asString("").equals("turn.started"))
                        .filter(event -> event.path("messageId").asString("").equals(messageId))
                        .anyMatch(started -> events().stream()
                                .anyMatch(event -> event.path("type")
                                                .asString("")
                                                .equals("turn.finished")
                                        && event.path("outcome").asString("").equals("done")
                                        && event.path("turnId")
                                                .asString("")
                                                .equals(started.path("turnId").asString("-")))));
        for (String type : List.of("message.queued", "turn.started")) {
            assertThat(events().stream()
                            .filter(event -> event.path("type").asString("").equals(type))
                            .filter(event ->
                                    event.path("messageId").asString("").equals(messageId)))
                    .as(type)
                    .hasSize(1);
        }
    }

    private static List<JsonNode> events() {
        try {
            return server().get("conversations/" + conversation + "/events?limit=1000").path("events").values().stream()
                    .toList();
        } catch (IOException e) {
            return List.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }
}
