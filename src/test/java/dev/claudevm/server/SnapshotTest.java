package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.config.ProcessEnvironment;
import dev.claudevm.config.ServerHome;
import dev.claudevm.secret.Secrets;
import dev.claudevm.testkit.CleanProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** When snapshots are made, and what is said when they cannot be: a real server, workspace, bridge, restic and store. */
class SnapshotTest {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    @RegisterExtension
    static final OneWorkspace one = new OneWorkspace(
            project -> {
                Files.writeString(project.resolve("package.json"), "{}");
                Files.createDirectories(project.resolve("node_modules/x"));
                Files.writeString(project.resolve("node_modules/x/index.js"), "1");
                Files.writeString(project.resolve("notes"), "not in git");
            },
            ServerProcess.wholeCompiler(Map.of("CLAUDE_VM_SNAPSHOT_GAP", "1s", "CLAUDE_VM_SNAPSHOT_LOOK", "300ms")));

    private static List<JsonNode> snapshots() throws Exception {
        return one.server().get("workspaces/" + one.id() + "/snapshots").path("snapshots").values().stream()
                .toList();
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).asString("");
    }

    private static JsonNode workspace() throws Exception {
        return one.server().get("workspaces/" + one.id());
    }

    private static Path folder() {
        return one.base().resolve("home/workspaces").resolve(one.id());
    }

    private static Path store() {
        return one.base().resolve("home/store/objects");
    }

    private static JsonNode awaitState(String... states) {
        return await("the workspace is " + String.join(" or ", states))
                .atMost(LIMIT)
                .until(SnapshotTest::workspace, now -> List.of(states).contains(text(now, "state")));
    }

    private static JsonNode make() throws Exception {
        String id = text(
                one.server()
                        .call("POST", "workspaces/" + one.id() + "/snapshots", "")
                        .json(),
                "id");
        return await("the snapshot " + id + " has ended")
                .atMost(LIMIT)
                .until(
                        () -> snapshots().stream()
                                .filter(s -> text(s, "id").equals(id))
                                .findFirst()
                                .orElseThrow(),
                        s -> !text(s, "state").equals("making"));
    }

    private static void up() throws Exception {
        one.server().call("POST", "workspaces/" + one.id() + "/up", "");
        one.server().awaitOnline(one.id());
        awaitState("running");
    }

    @Test
    void whenTheAgentComesToRestItsFilesAreKeptWithoutKeysAndWhatCanBeMadeAgain() throws Exception {
        // A workspace that was brought back has none.
        Path modules = Files.createDirectories(folder().resolve("project/node_modules"));
        Files.writeString(modules.resolve("module"), "can be made again");
        Files.createDirectories(folder().resolve("home/.ssh"));
        Files.writeString(folder().resolve("home/.ssh/id"), "a key");
        String conversation = one.server().newConversation(one.id(), "demo");
        one.server().say(conversation, "m-1", "say hello");

        JsonNode made = await("a snapshot after the turn")
                .atMost(LIMIT)
                .until(
                        () -> snapshots().stream()
                                .filter(s -> text(s, "why").equals("rest"))
                                .filter(s -> text(s, "state").equals("done"))
                                .findFirst()
                                .orElse(null),
                        s -> s != null);

        assertThat(made.path("leftOut").values())
                .extracting(left -> text(left, "path"))
                .contains("node_modules", "~/.ssh");
        assertThat(made.path("files").asLong(0)).isGreaterThan(2);
        assertThat(made.path("unread").size()).isZero();
        assertThat(text(workspace().path("kept"), "savedAt")).isNotEmpty();
    }

    @Test
    void aStopMakesOneFirstAndWhatWentWrongIsSaidWhileItGoesOn() throws Exception {
        one.server().call("POST", "workspaces/" + one.id() + "/down", "");
        assertThat(text(awaitState("stopped"), "reason")).isEmpty();
        assertThat(text(snapshots().getFirst(), "why")).isEqualTo("stop");
        assertThat(text(snapshots().getFirst(), "state")).isEqualTo("done");

        up();
        Path away = store().resolveSibling("away");
        Files.move(store(), away);
        Files.writeString(store(), "in the way");
        try {
            one.server().call("POST", "workspaces/" + one.id() + "/down", "");
            JsonNode stopped = awaitState("stopped");
            assertThat(text(stopped, "reason")).startsWith("Stopped without a new snapshot: ");
            assertThat(text(stopped, "todo")).isNotEmpty();

            // Nothing runs that could make one now, and what it has is nowhere else.
            one.server().call("DELETE", "workspaces/" + one.id(), "");
            JsonNode stays = awaitState("failed", "deleted");
            assertThat(text(stays, "reason")).startsWith("Not deleted, because no snapshot could be made");
            assertThat(folder().resolve("project/notes")).exists();

            up();
            one.server().call("DELETE", "workspaces/" + one.id(), "");
            JsonNode kept = awaitState("failed", "deleted");
            assertThat(text(kept, "reason")).startsWith("Not deleted, because no snapshot could be made");
            assertThat(folder().resolve("project/notes")).exists();
        } finally {
            Files.delete(store());
            Files.move(away, store());
        }
        up();
        assertThat(text(make(), "state")).isEqualTo("done");
    }

    @Test
    void whatWasDoneAfterTheNewestOneIsNotDeletedWithoutForce() throws Exception {
        assertThat(text(make(), "state")).isEqualTo("done");
        Files.writeString(folder().resolve("project/after"), "in no snapshot");
        one.server().call("POST", "workspaces/" + one.id() + "/down?force=true", "");
        awaitState("stopped");

        one.server().call("DELETE", "workspaces/" + one.id(), "");
        JsonNode stays = awaitState("failed", "deleted");
        assertThat(text(stays, "reason")).contains("did not end in good order");
        assertThat(text(stays, "todo")).contains("--force");
        assertThat(folder().resolve("project/after")).exists();

        one.server().call("DELETE", "workspaces/" + one.id() + "?force=true", "");
        assertThat(text(awaitState("deleted"), "reason")).isEmpty();
        assertThat(folder().resolve("project")).doesNotExist();
        up();
        assertThat(folder().resolve("project/notes")).exists();
        assertThat(folder().resolve("project/after")).doesNotExist();
    }

    @Test
    void aServerThatIsKilledInTheMiddleLeavesASoundRepositoryAndTheNextOneSucceeds() throws Exception {
        byte[] noise = new byte[80_000_000];
        new Random(11).nextBytes(noise);
        Files.write(folder().resolve("project/noise"), noise);
        Path data = store().resolve("workspaces").resolve(one.id()).resolve("restic/data");
        long before = objects(data);
        one.server().call("POST", "workspaces/" + one.id() + "/snapshots", "");
        await("some of it is in the store")
                .atMost(LIMIT)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> objects(data) > before);
        one.server().kill9();

        one.start();
        one.server().awaitOnline(one.id());
        assertThat(snapshots())
                .filteredOn(s -> text(s, "state").equals("failed"))
                .first()
                .satisfies(s -> assertThat(text(s, "error")).contains("in the middle"));
        assertThat(snapshots())
                .noneMatch(
                        s -> text(s, "state").equals("done") && s.path("bytes").asLong(0) > noise.length);
        JsonNode made = await("a snapshot that is whole")
                .atMost(LIMIT)
                .until(SnapshotTest::make, s -> text(s, "state").equals("done"));
        assertThat(made.path("bytes").asLong(0)).isGreaterThan(noise.length);

        one.server().close();
        try (CleanProcess check = CleanProcess.of(
                        "restic", "--no-cache", "-r", data.getParent().toString(), "check", "--read-data")
                .env("RESTIC_PASSWORD", password())
                .start()) {
            assertThat(check.awaitExit(LIMIT)).as(check.log()).isZero();
        }
        one.start();
        one.server().awaitOnline(one.id());
        Files.delete(folder().resolve("project/noise"));
    }

    /** The database is a file, while no server has it. */
    private static String password() throws Exception {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL("jdbc:h2:file:" + one.base().resolve("home/db/claude-vm")
                + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH");
        database.setUser("sa");
        return new Secrets(
                        JdbcClient.create(database),
                        new ServerHome(one.base().resolve("home")),
                        new ProcessEnvironment(Map.of()),
                        Clock.systemUTC())
                .get("snapshot." + one.id())
                .orElseThrow();
    }

    private static long objects(Path folder) throws Exception {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(path -> path.getFileName().toString().length() == 64)
                    .count();
        } catch (java.io.UncheckedIOException changing) {
            return 0;
        }
    }

    @Test
    void filesAreTakenOutOfASnapshotOfAWorkspaceThatDoesNotRun() throws Exception {
        Files.createDirectories(folder().resolve("project/deep [x]"));
        Files.writeString(folder().resolve("project/deep [x]/a file"), "as it was");
        String snapshot = text(make(), "id");
        Files.writeString(folder().resolve("project/deep [x]/a file"), "as it is");
        one.server().call("POST", "workspaces/" + one.id() + "/down", "");
        awaitState("stopped");
        try {
            assertThat(cli("snapshot", "files", one.id(), snapshot, "deep [x]")).contains("0644", "9", "a file");
            Path taken = one.base().resolve("taken");
            String _ = cli("snapshot", "get", one.id(), snapshot, "deep [x]/a file", taken.toString());
            assertThat(taken).hasContent("as it was");
            Path tar = one.base().resolve("taken.tar");
            String _ = cli("snapshot", "get", one.id(), snapshot, "deep [x]", tar.toString());
            try (CleanProcess list =
                    CleanProcess.of("tar", "-tf", tar.toString()).start()) {
                assertThat(list.awaitExit(LIMIT)).as(list.log()).isZero();
                assertThat(String.join("\n", list.out())).contains("deep [x]/a file");
            }
            String files = "workspaces/" + one.id() + "/snapshots/" + snapshot + "/files?path=";
            for (String path : List.of("../..", "/etc", "a/../..", "deep%20%5Bx%5D/.")) {
                assertThat(one.server().call("GET", files + path, "").status())
                        .as(path)
                        .isEqualTo(400);
            }
            for (String path : List.of("nothing", "notes", "~/.ssh")) {
                assertThat(one.server().call("GET", files + path, "").status())
                        .as(path)
                        .isEqualTo(404);
            }
            assertThat(one.server().get(files + "~").path("entries").size()).isPositive();
        } finally {
            up();
        }
    }

    private static String cli(String... words) throws Exception {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.claudevm.cli.Main"));
        line.addAll(List.of(words));
        try (CleanProcess cli = CleanProcess.of(line)
                .env("CLAUDE_VM_URL", one.server().url())
                .env("CLAUDE_VM_TOKEN", one.server().token())
                .start()) {
            assertThat(cli.awaitExit(LIMIT)).as(cli.log()).isZero();
            return String.join("\n", cli.out());
        }
    }

    @Test
    void onRequestByTheCommandLine() throws Exception {
        assertThat(cli("snapshot", "create", one.id())).contains("Snapshot ", " files, ");
        assertThat(snapshots())
                .anyMatch(s ->
                        text(s, "why").equals("request") && text(s, "state").equals("done"));
    }
}
