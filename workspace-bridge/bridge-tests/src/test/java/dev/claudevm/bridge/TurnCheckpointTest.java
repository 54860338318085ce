package dev.claudevm.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Bridge.ConversationSpec;
import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.CommandResult;
import dev.claudevm.protocol.CommandResult.Outcome;
import dev.claudevm.protocol.Hunk;
import dev.claudevm.protocol.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Checkpoints at the ends of turns: in the journal, over HTTP, and back. */
class TurnCheckpointTest {

    /** Lets the agent wait in its turn while the test changes the project, and then end it. @return the checkpoint */
    private static JsonNode turn(BridgeUnderTest given, int number, Change change) throws Exception {
        Path go = given.folder.resolve("go" + number);
        given.say("say on " + number + ";wait " + go);
        given.eventsUntil("the turn", e -> e.path("markdown").asString("").equals("on " + number));
        change.run();
        Files.createFile(go);
        return checkpointOf(given, "t" + number);
    }

    private interface Change {
        void run() throws Exception;
    }

    private static JsonNode checkpointOf(BridgeUnderTest given, String turn) {
        return find(
                given,
                "the checkpoint of " + turn,
                e -> e.path("type").asString().equals("checkpoint.taken")
                        && e.path("turnId").asString("").equals(turn));
    }

    private static JsonNode find(BridgeUnderTest given, String what, java.util.function.Predicate<JsonNode> wanted) {
        return given.allEventsUntil(what, wanted).stream()
                .filter(wanted)
                .findFirst()
                .orElseThrow();
    }

    private static JsonNode get(BridgeUnderTest given, String path) {
        return Json.MAPPER.readTree(BridgeUnderTest.expect(200, given.send("GET", path, null)));
    }

    private static String id(JsonNode checkpoint) {
        return checkpoint.path("checkpointId").asString();
    }

    private static BridgeUnderTest begun() throws Exception {
        var given = new BridgeUnderTest();
        Files.writeString(given.project.resolve("a"), "1\n");
        given.start().withConversation();
        JsonNode begin = given.awaitEvent("checkpoint.taken");
        assertThat(begin.path("why").asString()).isEqualTo("begin");
        assertThat(begin.path("since").isNull()).isTrue();
        return given;
    }

    @Test
    void eachTurnHasItsCheckpointAndItsDiff() throws Exception {
        try (var given = begun()) {
            JsonNode first = turn(given, 1, () -> Files.writeString(given.project.resolve("a"), "1\n2\n3\n"));
            assertThat(first.path("files").asInt()).isEqualTo(1);
            assertThat(first.path("additions").asInt()).isEqualTo(2);
            assertThat(first.path("deletions").asInt()).isZero();
            JsonNode second = turn(given, 2, () -> {
                Files.delete(given.project.resolve("a"));
                Files.writeString(given.project.resolve("b\n%41"), "x\n");
            });
            assertThat(second.path("since").asString()).isEqualTo(id(first));
            JsonNode list = get(given, "/v1/conversations/c1/checkpoints");
            assertThat(list.path("checkpoints").size()).isEqualTo(3);
            assertThat(list.path("checkpoints").get(2).path("turnId").asString())
                    .isEqualTo("t2");
            String begin = id(list.path("checkpoints").get(0));
            JsonNode changes = get(given, "/v1/checkpoints/" + begin + "/changes?to=" + id(second));
            assertThat(changes.path("total").asInt()).isEqualTo(2);
            JsonNode odd = changes.path("files").get(1);
            assertThat(odd.path("status").asString()).isEqualTo("A");
            assertThat(odd.path("path").asString()).isEqualTo("b\n%2541");
            assertThat(odd.path("size").asInt()).isEqualTo(2);
            assertThat(odd.path("oldSize").isNull()).isTrue();
            String path = URLEncoder.encode("b\n%2541", StandardCharsets.UTF_8);
            JsonNode diff = get(given, "/v1/checkpoints/" + begin + "/diff?to=now&path=" + path);
            assertThat(diff.path("unified").asString()).isEqualTo("@@ -0,0 +1 @@\n+x\n");
            assertThat(given.send("GET", "/v1/checkpoints/" + begin + "/file?path=a", null)
                            .body())
                    .isEqualTo("1\n");
            assertThat(given.send("GET", "/v1/checkpoints/" + begin + "/file?path=b", null)
                            .statusCode())
                    .isEqualTo(404);
            assertThat(get(given, "/v1/checkpoints/" + begin + "/left-out")
                            .path("total")
                            .asInt())
                    .isZero();
            for (String bad : List.of(
                    "/v1/checkpoints/" + "0".repeat(40) + "/changes",
                    "/v1/checkpoints/--help/changes",
                    "/v1/checkpoints/" + begin + "/changes?to=HEAD")) {
                assertThat(given.send("GET", bad, null).statusCode()).as(bad).isEqualTo(404);
            }
            for (String bad : List.of("path=../x", "path=/etc/passwd", "path=a&context=-1", "", "path=.git/config")) {
                assertThat(given.send("GET", "/v1/checkpoints/" + begin + "/diff?" + bad, null)
                                .statusCode())
                        .as(bad)
                        .isEqualTo(400);
            }
        }
    }

    @Test
    void everythingIsRestoredOnceAndCanBeTakenBack() throws Exception {
        try (var given = begun()) {
            JsonNode first = turn(given, 1, () -> Files.writeString(given.project.resolve("a"), "2\n"));
            Files.writeString(given.project.resolve("b"), "by hand\n");
            var back = new Command.Restore(
                    BridgeUnderTest.id(), first.path("since").asString(), null, "anna");
            assertThat(given.command(back)).isEqualTo(CommandResult.taken());
            assertThat(given.project.resolve("a")).hasContent("1");
            assertThat(given.project.resolve("b")).doesNotExist();
            Files.writeString(given.project.resolve("a"), "later\n");
            assertThat(given.command(back)).as("a repetition").isEqualTo(CommandResult.taken());
            assertThat(given.project.resolve("a")).hasContent("later");
            JsonNode restored = given.awaitEvent("checkpoint.restored");
            assertThat(restored.path("by").asString()).isEqualTo("anna");
            assertThat(restored.path("commandId").asString()).isEqualTo(back.id());
            assertThat(restored.path("files").asInt()).isEqualTo(2);
            given.command(new Command.Restore(
                    BridgeUnderTest.id(), restored.path("beforeId").asString(), null, "anna"));
            assertThat(given.project.resolve("a")).hasContent("2");
            assertThat(given.project.resolve("b")).hasContent("by hand");
            // The next turn is compared with what was restored.
            JsonNode next = turn(given, 2, () -> Files.writeString(given.project.resolve("c"), "c\n"));
            assertThat(next.path("files").asInt()).isEqualTo(1);
        }
    }

    @Test
    void oneChangeIsRestoredOnceAlsoWhileATurnRunsAndOneThatDoesNotApplyIsRefused() throws Exception {
        try (var given = begun()) {
            JsonNode turn = turn(given, 1, () -> Files.writeString(given.project.resolve("a"), "0\n1\n2\n"));
            given.say("say on;hang");
            var hunk = new Hunk(id(turn), 2, 0, 3, 1);
            String since = turn.path("since").asString();
            var back = new Command.Restore(BridgeUnderTest.id(), since, "a", hunk, "anna");
            assertThat(given.command(back)).isEqualTo(CommandResult.taken());
            assertThat(given.project.resolve("a")).hasContent("0\n1");
            JsonNode restored = given.awaitEvent("checkpoint.restored");
            assertThat(restored.path("hunk").path("newLine").asInt()).isEqualTo(3);
            Files.writeString(given.project.resolve("a"), "0\n1\nother\n");
            assertThat(given.command(back)).as("a repetition").isEqualTo(CommandResult.taken());
            var again = given.command(new Command.Restore(BridgeUnderTest.id(), since, "a", hunk, "anna"));
            assertThat(again.outcome()).isEqualTo(Outcome.REFUSED);
            assertThat(again.why()).contains("changed at this place since");
            var nowhere = given.command(new Command.Restore(BridgeUnderTest.id(), since, null, hunk, "anna"));
            assertThat(nowhere.outcome()).isEqualTo(Outcome.REFUSED);
            assertThat(given.project.resolve("a")).hasContent("0\n1\nother");
        }
    }

    @Test
    void whileATurnRunsOnlySingleFilesAreRestored() throws Exception {
        try (var given = begun()) {
            String begin = id(given.awaitEvent("checkpoint.taken"));
            given.say("say on;hang");
            given.awaitEvent("text");
            Files.writeString(given.project.resolve("a"), "2\n");
            var all = given.command(new Command.Restore(BridgeUnderTest.id(), begin, null, "anna"));
            assertThat(all.outcome()).isEqualTo(Outcome.REFUSED);
            assertThat(given.project.resolve("a")).hasContent("2");
            var one = given.command(new Command.Restore(BridgeUnderTest.id(), begin, "a", "anna"));
            assertThat(one).isEqualTo(CommandResult.taken());
            assertThat(given.project.resolve("a")).hasContent("1");
            var none = given.command(new Command.Restore(BridgeUnderTest.id(), "0".repeat(40), "a", "anna"));
            assertThat(none.why()).contains("no checkpoint");
            var out = given.command(new Command.Restore(BridgeUnderTest.id(), begin, "../x", "anna"));
            assertThat(out.why()).contains("no path in the project");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"before-write:checkpoint.restored", "after-fsync:checkpoint.restored", "before-write:\"restore\""
            })
    void aRestorationInWhichTheBridgeIsKilledIsDoneOnce(String place) throws Exception {
        try (var given = begun()) {
            JsonNode first = turn(given, 1, () -> Files.writeString(given.project.resolve("a"), "2\n"));
            given.kill9();
            given.start("CLAUDE_VM_TEST_CRASH", place);
            var back = new Command.Restore(
                    BridgeUnderTest.id(), first.path("since").asString(), null, "anna");
            try {
                given.command(back);
            } catch (java.io.UncheckedIOException | AssertionError e) {
                // It died before it could answer.
            }
            assertThat(given.bridge().awaitExit(BridgeUnderTest.PATIENCE)).isEqualTo(137);
            given.start();
            assertThat(given.command(back)).isEqualTo(CommandResult.taken());
            assertThat(given.project.resolve("a")).hasContent("1");
            given.awaitEvent("checkpoint.restored");
            JsonNode list = get(given, "/v1/conversations/c1/checkpoints");
            assertThat(list.path("restored").size()).isEqualTo(1);
            // What was there before is named, so that it can be taken back.
            JsonNode before = list.path("checkpoints").get(2);
            assertThat(before.path("why").asString()).isEqualTo("restore");
            assertThat(given.send("GET", "/v1/checkpoints/" + id(before) + "/file?path=a", null)
                            .body())
                    .isEqualTo("2\n");
        }
    }

    @Test
    void theCheckpointOfATurnThatEndedWithoutABridgeIsTakenWhenItIsBack() throws Exception {
        try (var given = begun()) {
            Path go = given.folder.resolve("go");
            given.say("say on;wait " + go);
            given.awaitEvent("text");
            given.kill9();
            Files.writeString(given.project.resolve("a"), "2\n");
            Files.createFile(go);
            await().atMost(BridgeUnderTest.PATIENCE)
                    .until(() ->
                            Files.readString(given.run(1).resolve("raw.ndjson")).contains("end\tdone"));
            given.start();
            assertThat(checkpointOf(given, "t1").path("files").asInt()).isEqualTo(1);
        }
    }

    @Test
    void aTurnWhoseBridgeIsKilledBeforeItsCheckpointGetsItLater() throws Exception {
        try (var given = begun()) {
            given.kill9();
            given.start("CLAUDE_VM_TEST_CRASH", "before-write:\"turnId\":\"t1\",\"since\"");
            given.say("say on");
            assertThat(given.bridge().awaitExit(BridgeUnderTest.PATIENCE)).isEqualTo(137);
            given.start();
            checkpointOf(given, "t1");
        }
    }

    @Test
    void anAgentThatDiesInMidTurnLeavesACheckpoint() throws Exception {
        try (var given = begun()) {
            Path go = given.folder.resolve("go");
            given.say("say on;wait " + go + ";die");
            given.awaitEvent("text");
            Files.writeString(given.project.resolve("a"), "2\n");
            Files.createFile(go);
            assertThat(checkpointOf(given, "t1").path("files").asInt()).isEqualTo(1);
        }
    }

    @Test
    void conversationsOfAWorkspaceShareTheStore() throws Exception {
        try (var given = begun()) {
            JsonNode first = turn(given, 1, () -> Files.writeString(given.project.resolve("a"), "2\n"));
            BridgeUnderTest.expect(
                    200,
                    given.send("PUT", "/v1/conversations/c2", new ConversationSpec("c2", "script", null, "Other")));
            await().atMost(BridgeUnderTest.PATIENCE)
                    .until(() -> get(given, "/v1/conversations/c2/checkpoints")
                                    .path("checkpoints")
                                    .size()
                            == 1);
            JsonNode other = get(given, "/v1/conversations/c2/checkpoints");
            assertThat(id(other.path("checkpoints").get(0))).isEqualTo(id(first));
        }
    }

    @Test
    void withoutGitItIsSaidOnceWhatToDoAndTurnsGoOn() throws Exception {
        try (var given = new BridgeUnderTest()) {
            Path bin = Files.createDirectory(given.folder.resolve("bin"));
            for (String folder : List.of("/bin", "/usr/bin")) {
                try (var all = Files.list(Path.of(folder))) {
                    for (Path one : all.toList()) {
                        Path link = bin.resolve(one.getFileName());
                        if (!one.endsWith("git") && !Files.exists(link)) {
                            Files.createSymbolicLink(link, one);
                        }
                    }
                }
            }
            given.start("PATH", bin.toString()).withConversation(Map.of());
            given.say("say one");
            given.say("say two");
            given.eventsUntilTurns(2);
            JsonNode failed = given.awaitEvent("checkpoint.failed");
            assertThat(failed.path("what").asString()).contains("install");
            given.say("say three");
            var events = given.allEventsUntil(
                    "the third turn",
                    e -> e.path("turnId").asString("").equals("t3")
                            && e.path("type").asString().equals("turn.finished"));
            assertThat(events.stream().filter(e -> e.path("type").asString().equals("checkpoint.failed")))
                    .hasSize(1);
        }
    }
}
