package dev.claudevm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.Json;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The command line against a server that does what the test says. */
class CommandsTest {

    private static final String TWO = """
            {"workspaces": [
              {"id": "bold-fire-1234", "project": {"name": "shop"}, "provider": "local", "state": "running", "online": true,
               "extra": 1},
              {"id": "quiet-lake-5", "project": {"name": "a\\u001b]0;x\\u0007b"}, "provider": "local", "state": "stopped"}]}""";

    @TempDir
    Path home;

    private final ScriptedServer server = new ScriptedServer();

    @AfterEach
    void stop() {
        server.close();
    }

    private CommandRun run(String... args) {
        return CommandRun.of(home, server.url(), "", args);
    }

    @Test
    void aListIsATableWithoutControlCharacters() {
        server.on("GET workspaces", 200, TWO);
        CommandRun run = run("workspace", "list");
        assertThat(run.exit()).isZero();
        assertThat(run.out().lines())
                .containsExactly(
                        "ID              STATE    PROJECT  PROVIDER",
                        "bold-fire-1234  running  shop     local",
                        "quiet-lake-5    stopped  ab       local");
    }

    @Test
    void portsHaveTheLinkThatOpensThem() {
        server.on(
                "GET workspaces/bold-fire-1234/ports",
                200,
                "{\"ports\": [{\"port\": 3000, \"program\": \"node\", \"command\": \"node s.js\", \"path\": \"/preview/bold-fire-1234/3000/\"}]}");
        assertThat(run("workspace", "ports", "bold-fire-1234").out().lines())
                .containsExactly(
                        "PORT  PROGRAM  LINK", "3000  node     " + server.url() + "/preview/bold-fire-1234/3000/");
    }

    @Test
    void whatIsFoundHasWhereWhoAndWhatWithoutControlCharacters() {
        server.on("GET search?q=login%20%22the%20form%22&limit=20&workspace=bold-fire-1234", 200, """
                {"results": [{"kind": "message", "workspace": {"id": "bold-fire-1234", "project": "shop", "state": "deleted"},
                  "conversation": {"id": "abcdabcdabcdabcd", "title": "Mend\\u001b[2J it", "agent": "claude"}, "seq": 2, "saidSeq": 1,
                  "by": "ada", "at": "2026-01-02T03:04:05Z", "text": "mend the \\u001b[31mlogin form", "ranges": [[14, 19], [3, 2], [90, 99]],
                  "cutBefore": true, "cutAfter": false}], "next": "abc", "complete": false}""");
        CommandRun run = run("search", "--workspace", "bold-fire-1234", "login", "\"the form\"");
        assertThat(run.err()).contains("still being read");
        assertThat(run.exit()).isZero();
        assertThat(run.out().lines().skip(1))
                .containsExactly("  ada: … mend the login form", "There is more: --limit N, or more words.");
        assertThat(run.out())
                .contains("bold-fire-1234 (deleted)  abcdabcdabcdabcd  Mend it")
                .doesNotContain("\u001b");
        assertThat(Json.MAPPER
                        .readTree(run("search", "--json", "--workspace", "bold-fire-1234", "login", "\"the form\"")
                                .out())
                        .path("next")
                        .asString(""))
                .isEqualTo("abc");
    }

    @Test
    void aSearchThatFindsNothingAndOneThatMakesNoSense() {
        server.on("GET search?q=nothing&limit=20", 200, "{\"results\": [], \"next\": null, \"complete\": true}");
        CommandRun run = run("search", "nothing");
        assertThat(run.exit()).isZero();
        assertThat(run.out()).contains("Nothing was found");
        assertThat(run("search").exit()).isEqualTo(2);
        assertThat(run("search", "--limit", "0", "x").exit()).isEqualTo(2);
        server.on("GET search?q=long&limit=20", 400, "{\"detail\": \"Too long.\", \"todo\": \"Less.\"}");
        assertThat(run("search", "long").exit()).isEqualTo(1);
        server.on("GET search?q=x&limit=20&workspace=bold-fire-9", 404, "{\"detail\": \"No such workspace.\"}");
        assertThat(run("search", "--workspace", "bold-fire-9", "x").exit()).isEqualTo(3);
    }

    @Test
    void aWorkspaceStopsByItselfWhenThePersonSays() {
        String answer = "{\"id\": \"bold-fire-1234\", \"idle\": {\"afterSeconds\": 1800, \"keepAwakeUntil\": null}}";
        server.on("PUT workspaces/bold-fire-1234/idle", 200, answer);
        CommandRun run = run("workspace", "idle", "bold-fire-1234", "30m", "--project");
        assertThat(run.out().strip()).isEqualTo("Workspace bold-fire-1234 stops when nobody has needed it for 30 min.");
        assertThat(Json.MAPPER.readTree(server.asked.getLast().body()))
                .isEqualTo(Json.MAPPER.readTree("{\"project\": true, \"minutes\": 30}"));
        run("workspace", "idle", "bold-fire-1234", "default");
        assertThat(Json.MAPPER.readTree(server.asked.getLast().body()))
                .isEqualTo(Json.MAPPER.readTree("{\"project\": false, \"minutes\": null}"));
        server.on("PUT workspaces/bold-fire-1234/keep-awake", 200, answer);
        assertThat(run("workspace", "keep-awake", "bold-fire-1234", "off").exit())
                .isZero();
        assertThat(server.asked.getLast().body()).isEqualTo("{\"until\":null}");
        CommandRun wrong = run("workspace", "idle", "bold-fire-1234", "soon");
        assertThat(wrong.exit()).isEqualTo(2);
        assertThat(wrong.err()).contains("\"soon\" is no time").contains("30m");
    }

    @Test
    void jsonIsWhatTheServerSaidWithFieldsThatWeDoNotKnow() {
        server.on("GET workspaces", 200, TWO);
        JsonNode json = Json.MAPPER.readTree(
                run("workspace", "list", "--json", "--status", "running").out());
        assertThat(json.path("workspaces").size()).isEqualTo(1);
        assertThat(json.path("workspaces").get(0).path("extra").asInt()).isEqualTo(1);
    }

    @Test
    void withoutAServerItEndsWith5AndSaysHowToStartOne() throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        Files.writeString(home.resolve("url"), "http://localhost:" + free + "\n");
        CommandRun run = CommandRun.of(home, "http://127.0.0.1:" + free, "", "workspace", "list");
        assertThat(run.exit()).isEqualTo(5);
        assertThat(run.err()).contains("No server answers").contains("claude-vm web");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void eachRefusalHasItsExitCode() {
        server.on("GET workspaces", 401, "{\"detail\": \"Unknown token.\", \"todo\": \"Make a new one.\"}");
        assertThat(run("workspace", "list").exit()).isEqualTo(4);
        assertThat(run("workspace", "list").err()).contains("Unknown token.").contains("Make a new one.");
        assertThat(run("logs", "nothing").exit()).isEqualTo(3);
        assertThat(run("workspace", "list", "--no-such-option").exit()).isEqualTo(2);
        assertThat(run("workspace").exit()).isEqualTo(2);
        server.on("GET workspaces", 500, "");
        assertThat(run("workspace", "list").exit()).isEqualTo(1);
    }

    @Test
    void chatWithNobodyToAskTakesTheOnlyConversationElseSaysWhichThereAre() {
        server.on("GET workspaces/bold-fire-1234", 200, "{\"id\": \"bold-fire-1234\", \"state\": \"running\"}");
        server.on("GET workspaces/bold-fire-1234/conversations", 200, "{\"conversations\": []}");
        CommandRun none = run("chat", "-w", "bold-fire-1234");
        assertThat(none.exit()).isEqualTo(3);
        assertThat(none.err()).contains("no conversation yet").contains("claude-vm new-chat bold-fire-1234");

        server.on("GET workspaces/bold-fire-1234/conversations", 200, "{\"conversations\": [{\"id\": \"c1\"}]}");
        CommandRun one = run("chat", "-w", "bold-fire-1234");
        assertThat(one.err()).contains("There is nothing to say.").contains("claude-vm chat -c c1");

        server.on(
                "GET workspaces/bold-fire-1234/conversations",
                200,
                "{\"conversations\": [{\"id\": \"c1\"}, {\"id\": \"c2\"}]}");
        CommandRun two = run("chat", "-w", "bold-fire-1234");
        assertThat(two.exit()).isEqualTo(2);
        assertThat(two.err()).contains("2 conversations").contains("chat -c c1, or claude-vm chat -c c2");
    }

    @Test
    void upTakesARelativePathAndWaitsForTheState() {
        server.on("POST workspaces", 202, "{\"id\": \"bold-fire-1234\", \"state\": \"creating\", \"steps\": []}");
        server.on(
                "GET workspaces/bold-fire-1234",
                200,
                "{\"id\": \"bold-fire-1234\", \"state\": \"running\", \"online\": true,"
                        + " \"steps\": [{\"step\": \"Project\", \"done\": true, \"detail\": \"3 files\", \"ms\": 1200}]}");
        CommandRun run = run("workspace", "up", ".", "--branch", "dev", "--provider", "local");
        assertThat(run.exit()).isZero();
        assertThat(run.out()).contains("Workspace bold-fire-1234 is running.");
        assertThat(run.err()).contains("✓ Project, 3 files (1.2 s)");
        JsonNode wanted = Json.MAPPER.readTree(server.writes().getFirst().body());
        assertThat(wanted.path("source").asString()).isEqualTo(home.toString());
        assertThat(wanted.path("branch").asString()).isEqualTo("dev");
        assertThat(wanted.path("provider").asString()).isEqualTo("local");
    }

    @Test
    void upThatFailsSaysWhyAndEndsWith1() {
        server.on(
                "POST workspaces",
                202,
                "{\"id\": \"bold-fire-1234\", \"state\": \"failed\", \"reason\": \"no such repository\","
                        + " \"todo\": \"Check the address.\"}");
        CommandRun run = run("workspace", "up", "https://example.org/none.git");
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err()).contains("no such repository").contains("Check the address.");
    }

    @Test
    void deletingAsksAndNobodyThereIsNoYes() {
        server.on("GET workspaces/bold-fire-1234", 200, "{\"id\": \"bold-fire-1234\", \"state\": \"stopped\"}");
        assertThat(run("workspace", "delete", "bold-fire-1234").exit()).isEqualTo(2);
        assertThat(server.writes()).isEmpty();
        server.on("GET workspaces/bold-fire-1234", 200, "{\"id\": \"bold-fire-1234\", \"state\": \"deleted\"}");
        assertThat(run("workspace", "delete", "-y", "--purge", "bold-fire-1234").exit())
                .isZero();
        assertThat(server.writes().getFirst().path()).isEqualTo("workspaces/bold-fire-1234?purge=true");
    }

    @Test
    void loginKeepsACheckedTokenForItsOwnerOnly() throws Exception {
        server.on("GET workspaces", 200, TWO);
        assertThat(run("login", server.url() + "/", "--token", "cvm_secret").exit())
                .isZero();
        Path file = home.resolve("servers.json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(Files.readString(file)).contains("cvm_secret").contains(server.url());
        server.on("GET workspaces", 401, "");
        assertThat(run("login", server.url(), "--token", "wrong").exit()).isEqualTo(4);
        assertThat(Files.readString(file)).doesNotContain("wrong");
    }

    @Test
    void aLogIsReadInPagesAndKeepsUnknownTypesInJson() {
        for (int i = 1; i <= 1001; i++) {
            server.journal(new EventBody.Notice("note " + i));
        }
        CommandRun text = run("logs", "c1");
        assertThat(text.out().lines().count()).isEqualTo(1001);
        List<String> json = run("logs", "c1", "--json").out().lines().toList();
        assertThat(json).hasSize(1001);
        assertThat(Json.MAPPER.readTree(json.getLast()).path("seq").asInt()).isEqualTo(1001);
    }

    @Test
    void completionIsAScriptOfAllCommands() {
        assertThat(run("completion").out())
                .contains("workspace")
                .contains("new-chat")
                .contains("--json");
    }
}
