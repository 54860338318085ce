package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** The server is killed after each step of a snapshot, of a restoration and of a purge. */
class KilledKeepingTest {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    @RegisterExtension
    static final OneWorkspace one = new OneWorkspace(
            RestoreContract::seed,
            // Only on request, but purges are worked on.
            Map.of("CLAUDE_VM_SNAPSHOT_LOOK", "300ms", "CLAUDE_VM_SNAPSHOT_GAP", "10h"));

    private static String text(JsonNode node, String field) {
        return node.path(field).asString("");
    }

    /** Starts the server again, to die at the next place. @param place null: it lives on */
    private static void restart(@Nullable String place, String workspace) throws IOException {
        one.start(place == null ? Map.of() : Map.of("CLAUDE_VM_TEST_CRASH", place + ":" + workspace));
    }

    /** Asks for something that kills it, maybe before it answers. */
    private static void die(String method, String path) throws Exception {
        try {
            one.server().call(method, path, "");
        } catch (IOException died) {
            // That is what it is for.
        }
        assertThat(one.server().awaitExit()).isEqualTo(137);
    }

    private static void goesOnAsFarAs(String place, String workspace) throws IOException {
        assertThat(one.startToDie(Map.of("CLAUDE_VM_TEST_CRASH", place + ":" + workspace)))
                .as(place)
                .isEqualTo(137);
    }

    private static List<JsonNode> snapshots() throws Exception {
        return one.server().get("workspaces/" + one.id() + "/snapshots").path("snapshots").values().stream()
                .toList();
    }

    private static String make() throws Exception {
        String id = text(
                one.server()
                        .call("POST", "workspaces/" + one.id() + "/snapshots", "")
                        .json(),
                "id");
        await("the snapshot is made")
                .atMost(LIMIT)
                .until(() -> snapshots().stream()
                        .anyMatch(s ->
                                text(s, "id").equals(id) && text(s, "state").equals("done")));
        return id;
    }

    private static void awaitState(String state) {
        await(one.id() + " is " + state)
                .atMost(LIMIT)
                .until(() -> text(one.server().get("workspaces/" + one.id()), "state"), state::equals);
    }

    private static List<JsonNode> events(String conversation) throws Exception {
        return one.server().get("conversations/" + conversation + "/events?limit=1000").path("events").values().stream()
                .toList();
    }

    private static void awaitDone(String conversation, String message) {
        await("the turn of " + message + " is done").atMost(LIMIT).until(() -> {
            List<JsonNode> events = events(conversation);
            return events.stream()
                    .filter(e -> text(e, "messageId").equals(message)
                            && text(e, "type").equals("turn.started"))
                    .anyMatch(started -> events.stream()
                            .anyMatch(e -> text(e, "type").equals("turn.finished")
                                    && text(e, "turnId").equals(text(started, "turnId"))));
        });
    }

    private static Path project() {
        return one.base().resolve("home/workspaces").resolve(one.id()).resolve("project");
    }

    @Test
    void inASnapshotNothingIsSaidToBeSavedThatIsNotAndTheNextOneSucceeds() throws Exception {
        List<String> places = List.of("snapshot-begun", "snapshot-stored", "snapshot-recorded");
        one.server().close();
        restart(places.getFirst(), one.id());
        for (int i = 0; i < places.size(); i++) {
            String place = places.get(i);
            one.server().awaitOnline(one.id());
            die("POST", "workspaces/" + one.id() + "/snapshots");
            restart(i + 1 < places.size() ? places.get(i + 1) : null, one.id());
            JsonNode newest = snapshots().getFirst();
            assertThat(text(newest, "state"))
                    .as(place)
                    .isEqualTo(place.equals("snapshot-recorded") ? "done" : "failed");
            assertThat(text(newest, "error").isEmpty()).as(place).isEqualTo(place.equals("snapshot-recorded"));
        }
        one.server().awaitOnline(one.id());
        make();
    }

    @Test
    void inARestorationItIsDoneAgainAndNothingDoubles() throws Exception {
        one.server().awaitOnline(one.id());
        String conversation = one.server().newConversation(one.id(), "demo");
        one.server().say(conversation, "m-1", "say before");
        awaitDone(conversation, "m-1");
        // The first one after a turn comes by itself, at any moment.
        String _ = make();
        Files.writeString(project().resolve("kept"), "kept");
        String snapshot = make();
        Path expected = one.base().resolve("expected");
        RestoreContract.run("cp", "-a", project().toString(), expected.toString());
        one.server().say(conversation, "m-2", "say only in the mirror");
        awaitDone(conversation, "m-2");
        Files.writeString(project().resolve("later"), "later");
        one.server().call("POST", "workspaces/" + one.id() + "/down", "");
        awaitState("stopped");
        List<JsonNode> seen = events(conversation);
        one.server().close();

        List<String> places = List.of(
                "restore-gone",
                "restore-empty",
                "restore-files",
                "restore-journals",
                "restore-ended",
                "restore-settled");
        restart(places.getFirst(), one.id());
        die("POST", "workspaces/" + one.id() + "/snapshots/" + snapshot + "/restore");
        for (String place : places.subList(1, places.size())) {
            // What was begun goes on by itself, as far as there.
            goesOnAsFarAs(place, one.id());
        }
        restart(null, "");
        awaitState("running");
        one.server().awaitOnline(one.id());

        RestoreContract.run(
                "diff", "-r", "--no-dereference", expected.toString(), project().toString());
        one.server().say(conversation, "m-3", "say after");
        awaitDone(conversation, "m-3");
        List<JsonNode> now = events(conversation);
        assertThat(now.subList(0, seen.size())).isEqualTo(seen);
        for (int i = 0; i < now.size(); i++) {
            assertThat(now.get(i).path("seq").asLong(0)).isEqualTo(i + 1L);
        }
        assertThat(now)
                .filteredOn(
                        e -> text(e, "type").equals("notice") && text(e, "text").contains("snapshot of"))
                .hasSize(1);
    }

    @Test
    void inAPurgeNothingOfTheWorkspaceStays() throws Exception {
        String id = one.server().runningWorkspace(one.base().resolve("project"));
        String snapshots = "workspaces/" + id + "/snapshots";
        assertThat(one.server().call("POST", snapshots, "").status()).isEqualTo(202);
        JsonNode snapshot = await("its snapshot has ended")
                .atMost(LIMIT)
                .until(
                        () -> one.server().get(snapshots).path("snapshots").path(0),
                        s -> !text(s, "state").equals("making"));
        assertThat(text(snapshot, "state")).as("%s", snapshot).isEqualTo("done");
        Path objects = one.base().resolve("home/store/objects/workspaces").resolve(id);
        assertThat(objects).isDirectory();
        one.server().close();

        restart("purge-asked", id);
        die("DELETE", "workspaces/" + id + "?purge=true");
        for (String place : List.of("purge-forgotten", "purge-removed")) {
            goesOnAsFarAs(place, id);
        }
        restart(null, "");
        assertThat(one.server().call("GET", "workspaces/" + id, "").status()).isEqualTo(404);
        await("its objects are gone").atMost(LIMIT).until(() -> {
            try (Stream<Path> left = Files.walk(objects)) {
                return left.noneMatch(Files::isRegularFile);
            } catch (java.nio.file.NoSuchFileException gone) {
                return true;
            }
        });
        assertThat(one.base().resolve("home/workspaces").resolve(id)).doesNotExist();
    }
}
