package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.testkit.CleanProcess;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Workspaces that are gone come back, wherever they are: a real server, workspace, bridge, restic and store. */
abstract class RestoreContract {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** None by itself: a test says which is the last one. */
    static final Map<String, String> ON_REQUEST_ONLY = Map.of("CLAUDE_VM_SNAPSHOT_LOOK", "10h");

    private final OneWorkspace one;

    /** @param one of {@link #seed} */
    RestoreContract(OneWorkspace one) {
        this.one = one;
    }

    static void seed(Path project) throws IOException {
        Files.writeString(project.resolve("a.txt"), "a");
        Files.createDirectories(project.resolve("empty"));
        Files.createDirectories(project.resolve("deep/er"));
        Files.writeString(project.resolve("deep/er/tool.sh"), "#!/bin/sh\n");
        Files.setPosixFilePermissions(project.resolve("deep/er/tool.sh"), PosixFilePermissions.fromString("rwxr-x---"));
        Files.createSymbolicLink(project.resolve("deep/link"), Path.of("er/tool.sh"));
        Files.createSymbolicLink(project.resolve("dangling"), Path.of("/nowhere/at all"));
        Files.writeString(project.resolve("odd $name [x] ünï"), "odd");
    }

    /** Copies the project's files as they are, past the product. @param into not there yet */
    abstract void copyProject(Path into) throws Exception;

    /** @return what the bridge has written of a conversation, past the product */
    abstract Path journal(String conversation) throws Exception;

    /** As when a machine is taken away: every process and every file at once, behind the server's back. */
    abstract void destroy() throws Exception;

    private JsonNode get(String path) throws Exception {
        return one.server().get(path);
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).asString("");
    }

    private JsonNode workspace() throws Exception {
        return get("workspaces/" + one.id());
    }

    private void awaitState(String state) {
        await("the workspace is " + state).atMost(LIMIT).until(() -> {
            JsonNode now = workspace();
            if (text(now, "state").equals("failed")) {
                throw new AssertionError(now.toString());
            }
            return text(now, "state").equals(state);
        });
    }

    private void up() throws Exception {
        one.server().call("POST", "workspaces/" + one.id() + "/up", "");
        awaitState("running");
    }

    private String snapshot() throws Exception {
        String path = "workspaces/" + one.id() + "/snapshots";
        String id = text(one.server().call("POST", path, "").json(), "id");
        await("the snapshot is made")
                .atMost(LIMIT)
                .until(() -> get(path).path("snapshots").values().stream()
                        .anyMatch(s ->
                                text(s, "id").equals(id) && text(s, "state").equals("done")));
        return id;
    }

    private List<JsonNode> events(String conversation) throws Exception {
        return get("conversations/" + conversation + "/events?limit=1000").path("events").values().stream()
                .toList();
    }

    private void awaitTurn(String conversation, String message) {
        await("the turn of " + message + " is done").atMost(LIMIT).until(() -> {
            List<JsonNode> events = events(conversation);
            return events.stream()
                    .filter(e -> text(e, "type").equals("turn.started")
                            && text(e, "messageId").equals(message))
                    .anyMatch(started -> events.stream()
                            .anyMatch(e -> text(e, "type").equals("turn.finished")
                                    && text(e, "turnId").equals(text(started, "turnId"))
                                    && text(e, "outcome").equals("done")));
        });
    }

    /** Name, kind, mode, size and target of everything. */
    private static String tree(Path folder) {
        try (CleanProcess find = CleanProcess.of("sh", "-c", "find . -printf '%P %y %m %l\\n' | LC_ALL=C sort")
                .in(folder)
                .start()) {
            assertThat(find.awaitExit(LIMIT)).as(find.log()).isZero();
            return String.join("\n", find.out());
        }
    }

    private Path copy(String name) throws Exception {
        Path copy = one.base().resolve(name);
        copyProject(copy);
        return copy;
    }

    private void assertSame(Path expected) throws Exception {
        Path now = copy("now-" + expected.getFileName());
        run("diff", "-r", "--no-dereference", expected.toString(), now.toString());
        assertThat(tree(now)).isEqualTo(tree(expected));
    }

    static void run(String... command) {
        try (CleanProcess process = CleanProcess.of(command).start()) {
            assertThat(process.awaitExit(LIMIT)).as(process.log()).isZero();
        }
    }

    private void write(String path, String text) throws Exception {
        assertThat(one.server()
                        .send(
                                "PUT",
                                "workspaces/" + one.id() + "/files/content?force=true&path=" + path,
                                HttpRequest.BodyPublishers.ofString(text))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aWorkspaceThatIsLostInMidTurnComesBackWithItsFilesAndAllThatWasSeen() throws Exception {
        String conversation = one.server().newConversation(one.id(), "demo");
        one.server().say(conversation, "m-before", "say before the snapshot");
        awaitTurn(conversation, "m-before");
        Path expected = copy("expected");
        snapshot();
        String later = one.server().newConversation(one.id(), "demo");
        one.server().say(later, "m-later", "say only in the mirror");
        awaitTurn(later, "m-later");
        write("a.txt", "changed after the snapshot");
        one.server().say(conversation, "m-asks", "bash touch never");
        await("the approval is open")
                .atMost(LIMIT)
                .until(() -> get("approvals").path("approvals").size() == 1);
        one.server().say(conversation, "m-waits", "say after the restore");
        await("it waits in the workspace")
                .atMost(LIMIT)
                .until(() -> events(conversation).stream()
                        .anyMatch(e -> text(e, "messageId").equals("m-waits")));
        List<JsonNode> seen = events(conversation);
        List<JsonNode> seenLater = events(later);

        destroy();
        awaitState("stopped");
        up();

        assertSame(expected);
        awaitTurn(conversation, "m-waits");
        assertThat(get("approvals").path("approvals").size()).isZero();
        List<JsonNode> now = events(conversation);
        assertThat(now.subList(0, seen.size())).isEqualTo(seen);
        assertThat(now)
                .anyMatch(e -> text(e, "type").equals("approval.resolved")
                        && text(e, "decision").equals("withdrawn"))
                .anyMatch(e -> text(e, "type").equals("agent.exited")
                        && text(e, "what").equals("The agent ended with the workspace that it ran in."))
                .anyMatch(
                        e -> text(e, "type").equals("notice") && text(e, "text").contains("snapshot of"));
        for (String message : List.of("m-before", "m-asks", "m-waits")) {
            for (String type : List.of("message.queued", "turn.started")) {
                assertThat(now)
                        .as(type + " " + message)
                        .filteredOn(e -> text(e, "type").equals(type)
                                && text(e, "messageId").equals(message))
                        .hasSize(1);
            }
        }
        assertThat(events(later).subList(0, seenLater.size())).isEqualTo(seenLater);
        // What the bridge has is what everybody has seen, under the same numbers.
        List<JsonNode> journal;
        try (Stream<String> lines = Files.lines(journal(conversation))) {
            journal = lines.flatMap(
                            line -> dev.claudevm.protocol.Json.MAPPER.readTree(line).path("events").values().stream())
                    .toList();
        }
        assertThat(journal.stream().map(e -> e.path("seq").asLong(0)))
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, journal.size()).boxed().toList());
        assertThat(journal.subList(0, seen.size())).isEqualTo(seen);
        one.server().say(later, "m-goes-on", "say it goes on");
        awaitTurn(later, "m-goes-on");
    }

    @Test
    void aDeletedWorkspaceComesBackAsItWasAndAnOlderSnapshotToo() throws Exception {
        String conversation = one.server().newConversation(one.id(), "demo");
        one.server().say(conversation, "m-1", "say one");
        awaitTurn(conversation, "m-1");
        Path older = copy("older");
        String first = snapshot();
        write("new", "new");
        Path newer = copy("newer");

        one.server().call("DELETE", "workspaces/" + one.id(), "");
        awaitState("deleted");
        up();
        assertSame(newer);
        one.server().say(conversation, "m-2", "say two");
        awaitTurn(conversation, "m-2");

        assertThat(one.server()
                        .call("POST", "workspaces/" + one.id() + "/snapshots/" + first + "/restore", "")
                        .status())
                .isEqualTo(409);
        one.server().call("POST", "workspaces/" + one.id() + "/down", "");
        awaitState("stopped");
        assertThat(one.server()
                        .call("POST", "workspaces/" + one.id() + "/snapshots/" + first + "/restore", "")
                        .status())
                .isEqualTo(202);
        awaitState("running");
        assertSame(older);
        one.server().say(conversation, "m-3", "say three");
        awaitTurn(conversation, "m-3");
    }
}
