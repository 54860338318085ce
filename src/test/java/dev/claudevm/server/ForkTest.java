package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Json;
import dev.claudevm.testkit.CleanProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** Copies of a workspace: a real server, workspaces, bridges, restic and store. */
class ForkTest {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    @RegisterExtension
    static final OneWorkspace one = new OneWorkspace(RestoreContract::seed, Map.of("CLAUDE_VM_SNAPSHOT_LOOK", "10h"));

    private static String text(JsonNode node, String field) {
        return node.path(field).asString("");
    }

    private static Path folder(String workspace) {
        return one.base().resolve("home/workspaces").resolve(workspace);
    }

    private static List<JsonNode> snapshots(String workspace) throws Exception {
        return one.server().get("workspaces/" + workspace + "/snapshots").path("snapshots").values().stream()
                .toList();
    }

    private static String make(String workspace) throws Exception {
        String id = text(
                one.server()
                        .call("POST", "workspaces/" + workspace + "/snapshots", "")
                        .json(),
                "id");
        await("the snapshot is made")
                .atMost(LIMIT)
                .until(() -> snapshots(workspace).stream()
                        .anyMatch(s ->
                                text(s, "id").equals(id) && text(s, "state").equals("done")));
        return id;
    }

    private static List<JsonNode> events(String conversation) throws Exception {
        return one.server().get("conversations/" + conversation + "/events?limit=1000").path("events").values().stream()
                .toList();
    }

    private static void awaitDone(String conversation) {
        await("a turn of " + conversation + " is done")
                .atMost(LIMIT)
                .until(() -> events(conversation).stream()
                        .anyMatch(e -> text(e, "type").equals("turn.finished")
                                && text(e, "outcome").equals("done")));
    }

    private static ServerProcess.Answer fork(String id, String more) throws Exception {
        return one.server()
                .call("POST", "workspaces/" + one.id() + "/fork", "{\"id\": \"%s\", %s}".formatted(id, more));
    }

    private static List<String> all() throws Exception {
        return one.server().get("workspaces").path("workspaces").values().stream()
                .map(workspace -> text(workspace, "id"))
                .sorted()
                .toList();
    }

    private static JsonNode cli(String... words) throws Exception {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.claudevm.cli.Main",
                "--json"));
        line.addAll(List.of(words));
        try (CleanProcess cli = CleanProcess.of(line)
                .env("CLAUDE_VM_URL", one.server().url())
                .env("CLAUDE_VM_TOKEN", one.server().token())
                .start()) {
            assertThat(cli.awaitExit(LIMIT)).as(cli.log()).isZero();
            return Json.MAPPER.readTree(String.join("\n", cli.out()));
        }
    }

    private static void same(Path one, Path other) {
        RestoreContract.run("diff", "-r", "--no-dereference", one.toString(), other.toString());
    }

    @Test
    void copiesOfAWorkspaceThatRunsHaveItsFilesAndConversationsAndSnapshotsOfTheirOwn() throws Exception {
        one.server().awaitOnline(one.id());
        String conversation = one.server().newConversation(one.id(), "demo");
        one.server().say(conversation, "m-first", "say in the first one");
        awaitDone(conversation);
        Path project = folder(one.id()).resolve("project");
        Files.writeString(project.resolve("unsaved"), "not in any snapshot yet");
        Files.writeString(folder(one.id()).resolve("home/memory"), "of the agent");
        int before = snapshots(one.id()).size();

        List<JsonNode> forks = cli(
                        "workspace", "fork", one.id(), "-n", "2", "--agent", "demo", "--message", "say in a copy")
                .path("forks")
                .values()
                .stream()
                .toList();

        assertThat(forks).hasSize(2).allMatch(fork -> text(fork, "state").equals("running"));
        assertThat(snapshots(one.id())).as("one for both").hasSize(before + 1);
        for (JsonNode fork : forks) {
            String copy = text(fork, "workspaceId");
            awaitDone(text(fork, "conversationId"));
            same(project, folder(copy).resolve("project"));
            assertThat(folder(copy).resolve("home/memory")).hasContent("of the agent");
            assertThat(text(one.server().get("workspaces/" + copy), "copyOf")).isEqualTo(one.id());
            assertThat(one.server()
                            .get("workspaces/" + copy + "/conversations")
                            .path("conversations")
                            .values())
                    .extracting(talk -> text(talk, "id"))
                    .containsExactly(text(fork, "conversationId"));
            try (Stream<Path> files = Files.walk(folder(copy))) {
                assertThat(files)
                        .noneMatch(path -> path.getFileName().toString().equals(conversation));
            }
        }

        String copy = text(forks.getFirst(), "workspaceId");
        Files.writeString(folder(copy).resolve("project/a.txt"), "changed in the copy");
        String _ = make(copy);
        assertThat(snapshots(one.id())).hasSize(before + 1);
        assertThat(one.base()
                        .resolve("home/store/objects/workspaces")
                        .resolve(copy)
                        .resolve("restic/config"))
                .exists();
        assertThat(project.resolve("a.txt")).hasContent("a");
        assertThat(folder(text(forks.getLast(), "workspaceId")).resolve("project/a.txt"))
                .hasContent("a");
    }

    @Test
    void aWishThatIsRepeatedIsHeardOnceAlsoWhenTheServerIsKilledInTheMiddle() throws Exception {
        one.server().awaitOnline(one.id());
        Files.writeString(folder(one.id()).resolve("project/newest"), "just now");
        List<String> before = all();
        String wish = UUID.randomUUID().toString();
        String what = "\"copies\": 2, \"agent\": \"demo\", \"message\": \"say once\"";
        one.server().close();
        one.start(Map.of("CLAUDE_VM_TEST_CRASH", "fork-written:" + one.id()));
        one.server().awaitOnline(one.id());
        try {
            fork(wish, what);
        } catch (IOException died) {
            // That is what it is for.
        }
        assertThat(one.server().awaitExit()).isEqualTo(137);
        // What was begun goes on by itself, as far as there.
        assertThat(one.startToDie(Map.of("CLAUDE_VM_TEST_CRASH", "fork-chosen:" + one.id())))
                .isEqualTo(137);

        one.start(Map.of());
        ServerProcess.Answer again = fork(wish, what);
        assertThat(again.status()).isEqualTo(202);
        List<JsonNode> forks = again.json().path("forks").values().stream().toList();
        assertThat(forks).hasSize(2);
        assertThat(all()).hasSize(before.size() + 2);
        for (JsonNode fork : forks) {
            awaitDone(text(fork, "conversationId"));
            assertThat(folder(text(fork, "workspaceId")).resolve("project/newest"))
                    .hasContent("just now");
            assertThat(events(text(fork, "conversationId")))
                    .filteredOn(e -> text(e, "type").equals("turn.started"))
                    .hasSize(1);
        }
        assertThat(fork(wish, "\"copies\": 3").status()).isEqualTo(409);
        assertThat(all()).hasSize(before.size() + 2);
    }

    @Test
    void anOlderSnapshotIsCopiedToo() throws Exception {
        one.server().awaitOnline(one.id());
        Path file = folder(one.id()).resolve("project/older");
        Files.writeString(file, "as it was");
        String snapshot = make(one.id());
        Files.writeString(file, "as it is");
        JsonNode fork = cli("workspace", "fork", one.id(), "--snapshot", snapshot)
                .path("forks")
                .path(0);
        assertThat(folder(text(fork, "workspaceId")).resolve("project/older")).hasContent("as it was");
        assertThat(text(fork, "conversationId")).isEmpty();
    }

    @Test
    void whatCannotBeCopiedIsSaidAndNothingIsMade() throws Exception {
        one.server().awaitOnline(one.id());
        List<String> before = all();
        for (Map.Entry<String, Integer> wrong : Map.of(
                        "\"copies\": 0", 422,
                        "\"copies\": 11", 422,
                        "\"snapshot\": \"nothing\"", 404,
                        "\"provider\": \"nowhere\"", 422,
                        "\"agent\": \"nobody\", \"message\": \"say x\"", 422)
                .entrySet()) {
            ServerProcess.Answer refused = fork(UUID.randomUUID().toString(), wrong.getKey());
            assertThat(refused.status()).as(wrong.getKey()).isEqualTo(wrong.getValue());
            assertThat(text(refused.json(), "todo")).as(wrong.getKey()).isNotEmpty();
        }
        assertThat(all()).isEqualTo(before);
    }
}
