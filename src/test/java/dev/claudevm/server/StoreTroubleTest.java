package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.claudevm.testkit.FaultyServer;
import dev.claudevm.testkit.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What is said and done when the object store fails: a real S3 server that breaks, a real server, workspace and restic. */
@SuppressWarnings("NullAway.Init")
class StoreTroubleTest {

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static S3Server s3;
    private static FaultyServer faulty;

    @RegisterExtension
    static final OneWorkspace one = new OneWorkspace(
            project -> Files.writeString(project.resolve("README"), "a project"),
            Map.of(
                    "CLAUDE_VM_SNAPSHOT_GAP",
                    "1s",
                    "CLAUDE_VM_SNAPSHOT_LOOK",
                    "300ms",
                    "CLAUDE_VM_STORE_ACCESS_KEY",
                    S3Server.ACCESS_KEY,
                    "CLAUDE_VM_STORE_SECRET_KEY",
                    S3Server.SECRET_KEY),
            StoreTroubleTest::config);

    private static String config() throws IOException {
        s3 = S3Server.start(Files.createTempDirectory("s3"));
        faulty = FaultyServer.before(s3.port());
        return "store: {kind: s3, endpoint: \"http://127.0.0.1:%d\", region: eu-test-1, bucket: %s}\n"
                .formatted(faulty.port(), S3Server.BUCKET);
    }

    private String id = one.id();

    @AfterAll
    static void end() {
        faulty.close();
        s3.close();
    }

    @BeforeEach
    void well() {
        faulty.slow(0);
        faulty.answer(0);
        one.server().awaitOnline(id);
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).asString("");
    }

    private JsonNode kept() throws Exception {
        return one.server().get("workspaces/" + id).path("kept");
    }

    private List<JsonNode> snapshots() throws Exception {
        return one.server().get("workspaces/" + id + "/snapshots").path("snapshots").values().stream()
                .toList();
    }

    private String ask() throws Exception {
        return text(
                one.server().call("POST", "workspaces/" + id + "/snapshots", "").json(), "id");
    }

    private JsonNode awaitEnd(String snapshot) {
        return await("the snapshot has ended")
                .atMost(LIMIT)
                .until(
                        () -> snapshots().stream()
                                .filter(s -> text(s, "id").equals(snapshot))
                                .findFirst()
                                .orElseThrow(),
                        s -> !text(s, "state").equals("making"));
    }

    private String make() throws Exception {
        String made = ask();
        assertThat(text(awaitEnd(made), "state")).isEqualTo("done");
        return made;
    }

    /** Its files are kept, and nothing is going on: late events of a turn make another snapshot by themselves. */
    private void quiet() throws Exception {
        String _ = make();
        await("no snapshot is being made")
                .atMost(LIMIT)
                .during(Duration.ofMillis(1500))
                .until(() -> text(snapshots().getFirst(), "state").equals("done"));
    }

    private Path project() {
        return one.base().resolve("home/workspaces").resolve(id).resolve("project");
    }

    private void noise(int bytes, long seed) throws IOException {
        byte[] noise = new byte[bytes];
        new Random(seed).nextBytes(noise);
        Files.write(project().resolve("noise"), noise);
    }

    private List<Path> packs() throws IOException {
        Path data = s3.objects().resolve("workspaces").resolve(id).resolve("restic/data");
        if (!Files.isDirectory(data)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(data)) {
            return all.filter(path -> path.getFileName().toString().matches("[0-9a-f]{64}"))
                    .sorted(Comparator.comparing(StoreTroubleTest::time))
                    .toList();
        } catch (java.io.UncheckedIOException changing) {
            return List.of();
        }
    }

    private static FileTime time(Path path) {
        try {
            return Files.getLastModifiedTime(path);
        } catch (IOException gone) {
            return FileTime.fromMillis(0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 503, 403, 507})
    void whileItRefusesNothingIsSaidToBeSavedAndWhenItIsWellItCatchesUp(int status) throws Exception {
        quiet();
        String savedAt = text(kept(), "savedAt");
        faulty.answer(status);
        JsonNode failed = awaitEnd(ask());
        assertThat(text(failed, "state")).isEqualTo("failed");
        assertThat(text(failed, "error")).isNotEmpty();
        assertThat(text(failed, "todo")).isNotEmpty();
        assertThat(text(kept(), "error")).isEqualTo(text(failed, "error"));
        assertThat(text(kept(), "savedAt")).isEqualTo(savedAt);

        // The agent needs no store.
        String conversation = one.server().newConversation(id, "demo");
        one.server().say(conversation, "m-" + status, "say meanwhile");
        await("the turn is done")
                .atMost(LIMIT)
                .until(
                        () -> one
                                .server()
                                .get("conversations/" + conversation + "/events?limit=1000")
                                .path("events")
                                .values()
                                .stream()
                                .anyMatch(e -> text(e, "type").equals("turn.finished")));
        assertThat(text(kept(), "savedAt")).isEqualTo(savedAt);

        faulty.answer(0);
        await("it catches up by itself")
                .atMost(LIMIT)
                .until(() -> !text(kept(), "savedAt").equals(savedAt)
                        && text(kept(), "error").isEmpty());
    }

    @Test
    void whenItGoesAwayInTheMiddleThatIsSaidAndTheSnapshotGoesOnWhenItIsBack() throws Exception {
        quiet();
        String savedAt = text(kept(), "savedAt");
        int before = packs().size();
        noise(60_000_000, 1);
        String snapshot = ask();
        await("some of it is there")
                .atMost(LIMIT)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> packs().size() > before);
        s3.kill();
        faulty.cut();
        await("it is said while it is tried again")
                .atMost(LIMIT)
                .until(() -> !text(kept(), "error").isEmpty());
        assertThat(text(kept(), "savedAt")).isEqualTo(savedAt);
        s3.restart();
        JsonNode ended = awaitEnd(snapshot);
        assertThat(text(ended, "state")).as(ended.toString()).isEqualTo("done");
        assertThat(text(kept(), "error")).isEmpty();
        Files.delete(project().resolve("noise"));
    }

    @Test
    void aSlowOneIsWaitedForAndHowFarItIsIsShown() throws Exception {
        noise(1_000_000, 2);
        faulty.slow(400_000);
        String snapshot = make();
        faulty.slow(0);
        one.server().call("POST", "workspaces/" + id + "/down", "");
        awaitState("stopped");

        faulty.slow(200_000);
        assertThat(one.server()
                        .call("POST", "workspaces/" + id + "/snapshots/" + snapshot + "/restore?force=true", "")
                        .status())
                .isEqualTo(202);
        await("what was read is shown")
                .atMost(LIMIT)
                .until(() -> one.server().get("workspaces/" + id).path("steps").values().stream()
                        .anyMatch(step -> text(step, "step").equals("Files from the snapshot")
                                && text(step, "detail").matches("\\d+ files, \\d\\.[1-9] MB read")));
        faulty.slow(0);
        awaitState("running");
        assertThat(project().resolve("noise")).hasSize(1_000_000);
        Files.delete(project().resolve("noise"));
    }

    @Test
    void oneThatIsAskedForWhileACopyReadsAnOlderOneIsMadeAfterwards() throws Exception {
        noise(1_000_000, 4);
        String older = make();
        faulty.slow(200_000);
        ServerProcess.Answer forked = one.server()
                .call(
                        "POST",
                        "workspaces/" + id + "/fork",
                        "{\"id\": \"reads-slowly\", \"snapshot\": \"%s\"}".formatted(older));
        assertThat(forked.status()).as(forked.json().toString()).isEqualTo(202);
        String copy = text(forked.json().path("forks").get(0), "workspaceId");
        await("it reads")
                .atMost(LIMIT)
                .until(() -> one.server().get("workspaces/" + copy).path("steps").values().stream()
                        .anyMatch(step -> text(step, "step").equals("Files from the snapshot")
                                && text(step, "detail").endsWith("MB read")));

        String asked = ask();
        assertThat(asked).isNotEmpty().isNotEqualTo(older);
        faulty.slow(0);
        assertThat(text(awaitEnd(asked), "state")).isEqualTo("done");
        one.server().deleteWorkspace(copy);
        Files.delete(project().resolve("noise"));
    }

    @Test
    void aSnapshotOfWhichAnObjectIsLostIsSaidAnOlderOneComesBackInsteadAndTheNextOneIsWhole() throws Exception {
        // One of its own: what the others keep shall not be new again.
        Path source = Files.createDirectories(one.base().resolve("another"));
        Files.writeString(source.resolve("README"), "another project");
        id = one.server().runningWorkspace(source, null);
        Files.writeString(project().resolve("which"), "older");
        String older = make();
        Files.writeString(project().resolve("which"), "newer");
        noise(2_000_000, 3);
        List<Path> before = packs();
        make();
        List<Path> fresh =
                packs().stream().filter(pack -> !before.contains(pack)).toList();
        assertThat(fresh).isNotEmpty();
        String workspace = "workspaces/" + id;
        one.server().call("POST", workspace + "/down", "");
        awaitState("stopped");
        String newest = text(snapshots().getFirst(), "id");
        for (Path pack : fresh) {
            Files.delete(pack);
        }

        one.server().call("POST", workspace + "/snapshots/" + newest + "/restore", "");
        JsonNode failed = awaitState("failed");
        assertThat(text(failed, "reason")).contains("could not be restored", "has lost a part");
        assertThat(text(failed, "todo")).contains("older");
        assertThat(text(kept(), "error")).contains("has lost a part");

        assertThat(text(snapshots().getFirst(), "state")).isEqualTo("damaged");

        // What is in the workspace is in no snapshot that is whole.
        assertThat(one.server()
                        .call("POST", workspace + "/snapshots/" + older + "/restore", "")
                        .status())
                .isEqualTo(409);
        assertThat(one.server()
                        .call("POST", workspace + "/snapshots/" + older + "/restore?force=true", "")
                        .status())
                .isEqualTo(202);
        awaitState("running");
        assertThat(project().resolve("which")).hasContent("older");

        noise(2_000_000, 3);
        make();
        assertThat(text(kept(), "error")).isEmpty();
        assertThat(snapshots())
                .extracting(snapshot -> text(snapshot, "id"), snapshot -> text(snapshot, "state"))
                .contains(tuple(older, "done"), tuple(newest, "damaged"));
        one.server().deleteWorkspace(id);
    }

    private JsonNode awaitState(String state) {
        return await("it is " + state)
                .atMost(LIMIT)
                .until(
                        () -> one.server().get("workspaces/" + id),
                        now -> text(now, "state").equals(state));
    }
}
