package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.testkit.CleanProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A workspace in a file, out of one installation and into another: real servers, bridges, restic and stores, by the command line. */
@SuppressWarnings("NullAway.Init")
class BackupTest {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** More than {@link #small heaps}. */
    private static final int LARGE_BYTES = 200_000_000;

    @RegisterExtension
    static final OneWorkspace one = new OneWorkspace(RestoreContract::seed, small(RestoreContract.ON_REQUEST_ONLY));

    /** Removes what is purged, at once. */
    private static final Map<String, String> QUICK = small(Map.of("CLAUDE_VM_SNAPSHOT_LOOK", "200ms"));

    @TempDir
    static Path base;

    private static ServerProcess other;

    @BeforeAll
    static void anotherInstallation() throws Exception {
        other = ServerProcess.start(base, QUICK);
    }

    @AfterEach
    void theOtherOneIsEmptyAgain() throws Exception {
        for (JsonNode workspace : other.get("workspaces").path("workspaces").values()) {
            other.deleteWorkspace(text(workspace, "id"));
        }
        awaitEmptyStore();
    }

    @AfterAll
    static void end() {
        other.close();
    }

    private static Map<String, String> small(Map<String, String> environment) {
        Map<String, String> all = ServerProcess.wholeCompiler(environment);
        all.merge("_JAVA_OPTIONS", "-Xmx160m", (compiler, heap) -> compiler + " " + heap);
        return all;
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).asString("");
    }

    private static CleanProcess cli(ServerProcess server, String... words) throws IOException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.claudevm.cli.Main"));
        line.addAll(List.of(words));
        return CleanProcess.of(line)
                .env("CLAUDE_VM_URL", server.url())
                .env("CLAUDE_VM_TOKEN", server.token())
                .start();
    }

    /** @return what it said */
    private static String ran(ServerProcess server, String... words) throws IOException {
        try (CleanProcess cli = cli(server, words)) {
            assertThat(cli.awaitExit(LIMIT)).as(cli.log()).isZero();
            return String.join("\n", cli.out());
        }
    }

    private static Path backup(String id, String name) throws IOException {
        Path file = one.base().resolve(name);
        assertThat(ran(one.server(), "backup", id, file.toString())).contains(id);
        return file;
    }

    private static List<JsonNode> events(ServerProcess server, String conversation) throws Exception {
        return server.get("conversations/" + conversation + "/events?limit=1000").path("events").values().stream()
                .toList();
    }

    private static void awaitTurn(ServerProcess server, String conversation, String message) {
        await("the turn of " + message + " is done").atMost(LIMIT).until(() -> {
            List<JsonNode> events = events(server, conversation);
            return events.stream()
                    .filter(e -> text(e, "type").equals("turn.started")
                            && text(e, "messageId").equals(message))
                    .anyMatch(started -> events.stream()
                            .anyMatch(e -> text(e, "type").equals("turn.finished")
                                    && text(e, "turnId").equals(text(started, "turnId"))
                                    && text(e, "outcome").equals("done")));
        });
    }

    private static Path project(Path home, String id) {
        return home.resolve("home/workspaces").resolve(id).resolve("project");
    }

    private static void awaitStopped(String id) throws Exception {
        one.server().call("POST", "workspaces/" + id + "/down", "");
        await(id + " is stopped")
                .atMost(LIMIT)
                .until(() -> text(one.server().get("workspaces/" + id), "state").equals("stopped"));
    }

    private static void awaitEmptyStore() {
        await("nothing is left in the store").atMost(LIMIT).until(() -> {
            Path objects = base.resolve("home/store/objects/workspaces");
            if (!Files.isDirectory(objects)) {
                return true;
            }
            try (Stream<Path> all = Files.walk(objects)) {
                return all.noneMatch(Files::isRegularFile);
            } catch (java.io.UncheckedIOException changing) {
                return false;
            }
        });
    }

    @Test
    void aStoppedWorkspaceGoesOnInAnotherInstallation() throws Exception {
        String id = one.id();
        if (!one.server().get("workspaces/" + id).path("online").asBoolean(false)) {
            one.server().call("POST", "workspaces/" + id + "/up", "");
            one.server().awaitOnline(id);
        }
        String conversation = one.server().newConversation(id, "demo");
        one.server().say(conversation, "m-1", "say before the backup");
        awaitTurn(one.server(), conversation, "m-1");
        assertThat(one.server()
                        .call("PUT", "workspaces/" + id + "/idle", "{\"minutes\": 47, \"project\": false}")
                        .status())
                .isEqualTo(200);
        awaitStopped(id);
        Path expected = one.base().resolve("expected");
        RestoreContract.run("cp", "-a", project(one.base(), id).toString(), expected.toString());
        List<JsonNode> seen = events(one.server(), conversation);

        Path file = backup(id, "stopped.tar.zst");
        assertThat(ran(other, "restore", file.toString())).contains(id, "runs");

        RestoreContract.run(
                "diff",
                "-r",
                "--no-dereference",
                expected.toString(),
                project(base, id).toString());
        assertThat(events(other, conversation).subList(0, seen.size())).isEqualTo(seen);
        assertThat(other.get("workspaces/" + id).path("idle").path("minutes").asInt(0))
                .isEqualTo(47);
        other.say(conversation, "m-2", "say in the other installation");
        awaitTurn(other, conversation, "m-2");
        assertThat(other.get("workspaces/" + id + "/snapshots")
                        .path("snapshots")
                        .size())
                .isPositive();

        try (CleanProcess again = cli(other, "restore", file.toString())) {
            assertThat(again.awaitExit(LIMIT)).isEqualTo(1);
            assertThat(again.log()).contains("is in this installation already");
        }
        assertThat(other.get("workspaces/" + id).path("state").asString("")).isEqualTo("running");
    }

    @Test
    void oneThatRunsIsBackedUpInMidTurnWithItsQueue() throws Exception {
        String id = one.id();
        one.server().call("POST", "workspaces/" + id + "/up", "");
        one.server().awaitOnline(id);
        String conversation = one.server().newConversation(id, "demo");
        one.server().say(conversation, "m-asks", "bash touch never");
        await("the approval is open")
                .atMost(LIMIT)
                .until(() -> one.server().get("approvals").path("approvals").size() == 1);
        one.server().say(conversation, "m-waits", "say from the queue");
        await("it waits")
                .atMost(LIMIT)
                .until(() -> events(one.server(), conversation).stream()
                        .anyMatch(e -> text(e, "messageId").equals("m-waits")));
        List<JsonNode> seen = events(one.server(), conversation);

        Path file = backup(id, "running.tar.zst");
        ran(other, "restore", "--no-start", file.toString());

        assertThat(text(other.get("workspaces/" + id), "state")).isEqualTo("stopped");
        assertThat(events(other, conversation).subList(0, seen.size())).isEqualTo(seen);
        other.call("POST", "workspaces/" + id + "/up", "");
        awaitTurn(other, conversation, "m-waits");
        assertThat(other.get("approvals").path("approvals").size()).isZero();
        assertThat(one.server().get("workspaces/" + id).path("online").asBoolean(false))
                .isTrue();
        one.server().call("POST", "conversations/" + conversation + "/interrupt", "{\"id\": \"i-1\"}");
    }

    @Test
    void whatIsLargerThanTheHeapGoesThrough() throws Exception {
        Path source = Files.createDirectories(one.base().resolve("large"));
        byte[] block = new byte[8_000_000];
        Random random = new Random(3);
        try (OutputStream out = Files.newOutputStream(source.resolve("noise"))) {
            for (int i = 0; i < LARGE_BYTES / block.length; i++) {
                random.nextBytes(block);
                out.write(block);
            }
        }
        String id = one.server().runningWorkspace(source);
        Path file = backup(id, "large.tar.zst");
        assertThat(Files.size(file)).isGreaterThan(LARGE_BYTES);
        one.server().deleteWorkspace(id);
        ran(other, "restore", file.toString());
        assertThat(Files.mismatch(source.resolve("noise"), project(base, id).resolve("noise")))
                .isEqualTo(-1);
        Files.delete(file);
    }

    @Test
    void aFileThatIsDamagedOrCutOffIsRefusedAndLeavesNothing() throws Exception {
        Path source = Files.createDirectories(one.base().resolve("small"));
        byte[] noise = new byte[300_000];
        new Random(5).nextBytes(noise);
        Files.write(source.resolve("noise"), noise);
        String id = one.server().runningWorkspace(source);
        String conversation = one.server().newConversation(id, "demo");
        one.server().say(conversation, "m-1", "say something");
        awaitTurn(one.server(), conversation, "m-1");
        byte[] good = Files.readAllBytes(backup(id, "small.tar.zst"));
        one.server().deleteWorkspace(id);

        Map<String, byte[]> bad = new LinkedHashMap<>();
        bad.put("empty", new byte[0]);
        bad.put("something else", "this is no backup at all".getBytes(StandardCharsets.UTF_8));
        for (int part : new int[] {1, 3, 6, 9}) {
            bad.put("cut off at " + part + "/10", Arrays.copyOf(good, good.length / 10 * part));
            byte[] changed = good.clone();
            changed[good.length / 10 * part] ^= 0x10;
            bad.put("changed at " + part + "/10", changed);
        }
        bad.put("without its last byte", Arrays.copyOf(good, good.length - 1));
        for (Map.Entry<String, byte[]> file : bad.entrySet()) {
            HttpResponse<InputStream> answer =
                    other.send("POST", "backups", HttpRequest.BodyPublishers.ofByteArray(file.getValue()));
            String said = new String(answer.body().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer.statusCode()).as(file.getKey() + ": " + said).isEqualTo(422);
            assertThat(said).as(file.getKey()).contains("This is no backup that can be restored", "\"todo\"");
            assertThat(other.get("workspaces").path("workspaces").size()).isZero();
            assertThat(other.call("GET", "conversations/" + conversation, "").status())
                    .isEqualTo(404);
            awaitEmptyStore();
        }
        assertThat(other.send("POST", "backups", HttpRequest.BodyPublishers.ofByteArray(good))
                        .statusCode())
                .as("the good one, after all that")
                .isEqualTo(201);
    }

    @Test
    void aServerThatDiesInTheMiddleOfARestoreLeavesNothingAndTheNextOneSucceeds() throws Exception {
        Path source = Files.createDirectories(one.base().resolve("killed"));
        byte[] noise = new byte[20_000_000];
        new Random(6).nextBytes(noise);
        Files.write(source.resolve("noise"), noise);
        String id = one.server().runningWorkspace(source);
        Path file = backup(id, "killed.tar.zst");
        one.server().deleteWorkspace(id);

        byte[] all = Files.readAllBytes(file);
        URI url = URI.create(other.url());
        try (Socket socket = new Socket("127.0.0.1", url.getPort())) {
            socket.getOutputStream()
                    .write(("POST /api/v1/backups HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + other.token()
                                    + "\r\nContent-Length: " + all.length + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(all, 0, all.length / 10 * 9);
            socket.getOutputStream().flush();
            Path packs = base.resolve("home/store/objects/workspaces/" + id + "/restic/data");
            await("some of it is in the store").atMost(LIMIT).until(() -> Files.isDirectory(packs));
            other.kill9();
        }
        other = ServerProcess.start(base, QUICK);
        assertThat(other.get("workspaces").path("workspaces").size()).isZero();
        awaitEmptyStore();
        try (Stream<Path> left = Files.list(base.resolve("home"))) {
            assertThat(left).noneMatch(path -> path.getFileName().toString().startsWith("restoring-"));
        }
        ran(other, "restore", file.toString());
        assertThat(Files.mismatch(source.resolve("noise"), project(base, id).resolve("noise")))
                .isEqualTo(-1);
    }
}
