package dev.claudevm.server;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.claudevm.fake.Databases;
import dev.claudevm.testkit.CuttingProxy;
import dev.claudevm.testkit.PostgresServer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What is said and done when Postgres is not as it should be: a real one, a real server and a real workspace. */
@SuppressWarnings("NullAway.Init")
class PostgresTroubleTest {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    private static PostgresServer postgres;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() throws Exception {
        postgres = PostgresServer.start(PostgresServer.Login.PROOF);
        Databases.use(postgres);
    }

    @AfterAll
    static void end() {
        Databases.useFiles();
        postgres.close();
    }

    @Test
    void itDiesInTheMiddleOfATurnAndNothingIsLostOrDoubled() throws Exception {
        Path project = Files.createDirectories(folder.resolve("project"));
        Files.writeString(project.resolve("README"), "a project");
        try (ServerProcess server = ServerProcess.start(folder, Map.of())) {
            String workspace = server.runningWorkspace(project);
            String conversation = server.newConversation(workspace, "demo");
            server.say(conversation, "m-1", "slow 60 50 w");
            await("its words come")
                    .atMost(LIMIT)
                    .until(() -> events(server, conversation).size() > 8);

            postgres.kill();
            await("nothing is said to be written meanwhile")
                    .atMost(LIMIT)
                    .until(() -> server.say(conversation, "m-2", "say and on").status() >= 500);
            postgres.restart();

            await("what was refused is said again")
                    .atMost(LIMIT)
                    .until(() -> server.say(conversation, "m-2", "say and on").status() == 202);
            await("both turns are done")
                    .atMost(LIMIT)
                    .until(() ->
                            of(server, conversation, "turn.finished", "outcome").equals(List.of("done", "done")));
            assertThat(of(server, conversation, "text", "markdown"))
                    .extracting(String::strip)
                    .containsExactly(
                            IntStream.rangeClosed(1, 60)
                                    .mapToObj("w%04d"::formatted)
                                    .collect(joining(" ")),
                            "and on");
            server.deleteWorkspace(workspace);
        }
    }

    /** As a router does that restarts: nobody is told, and Postgres keeps what it held for the server that was. */
    @Test
    void connectionsThatAreForgottenOnTheWayDoNotEndTheServer() throws Exception {
        Map<String, String> right = Databases.environment(folder.resolve("home"));
        URI database = URI.create(right.get("CLAUDE_VM_DATABASE_URL"));
        Path project = Files.createDirectories(folder.resolve("project"));
        try (CuttingProxy router = CuttingProxy.before(database.getHost(), database.getPort());
                ServerProcess server = ServerProcess.start(
                        folder,
                        with(
                                right,
                                "CLAUDE_VM_DATABASE_URL",
                                "postgresql://127.0.0.1:" + router.port() + database.getPath()))) {
            String workspace = server.runningWorkspace(project);
            String conversation = server.newConversation(workspace, "demo");

            int claimed = claim(right);
            router.mode(CuttingProxy.Mode.BLACKHOLE);
            await("it is noticed")
                    .atMost(LIMIT)
                    .until(() -> server.say(conversation, "m-0", "say lost").status() >= 500);
            assertThat(claim(right)).as("Postgres knows nothing of it").isEqualTo(claimed);
            router.mode(CuttingProxy.Mode.PASS);

            await("the server has the database again, and not by the session of before")
                    .atMost(LIMIT)
                    .until(() -> claim(right), session -> session != 0 && session != claimed);
            await("it is used again")
                    .atMost(LIMIT)
                    .until(() ->
                            server.say(conversation, "m-1", "say here again").status() == 202);
            await("and all that comes is written")
                    .atMost(LIMIT)
                    .until(() ->
                            of(server, conversation, "turn.finished", "outcome").equals(List.of("done")));
            server.deleteWorkspace(workspace);
        }
    }

    /** @return the session that holds the lock of the server, as Postgres says; 0: none */
    private static int claim(Map<String, String> database) throws SQLException {
        try (Connection asking = DriverManager.getConnection(
                        "jdbc:" + database.get("CLAUDE_VM_DATABASE_URL"),
                        PostgresServer.USER,
                        PostgresServer.PASSWORD);
                ResultSet found = asking.createStatement().executeQuery("""
                        select l.pid from pg_locks l join pg_database d on d.oid = l.database
                        where l.locktype = 'advisory' and l.granted and d.datname = current_database()""")) {
            return found.next() ? found.getInt(1) : 0;
        }
    }

    private static List<JsonNode> events(ServerProcess server, String conversation) throws Exception {
        return server.get("conversations/" + conversation + "/events?limit=1000").path("events").values().stream()
                .toList();
    }

    private static List<String> of(ServerProcess server, String conversation, String type, String field)
            throws Exception {
        return events(server, conversation).stream()
                .filter(event -> event.path("type").asString("").equals(type))
                .map(event -> event.path(field).asString(""))
                .toList();
    }

    @Test
    void twoServersDoNotShareADatabase() throws Exception {
        Path home = folder.resolve("home");
        Map<String, String> database = Databases.environment(home);
        try (ServerProcess _ = ServerProcess.start(folder, Map.of())) {
            assertThatThrownBy(() -> ServerProcess.start(Files.createDirectories(folder.resolve("other")), database))
                    .hasMessageContaining("Another claude-vm server uses the database")
                    .hasMessageContaining("database.url")
                    .hasMessageNotContaining(PostgresServer.PASSWORD);
        }
    }

    @Test
    void whatIsWrongWithTheDatabaseIsSaid() throws Exception {
        Map<String, String> right = Databases.environment(folder.resolve("home"));
        Path other = Files.createDirectories(folder.resolve("other"));
        assertThatThrownBy(() -> ServerProcess.start(
                        other, with(right, "CLAUDE_VM_DATABASE_URL", "postgresql://127.0.0.1:1/claude_vm")))
                .hasMessageContaining("Cannot use the database postgresql://127.0.0.1:1/claude_vm")
                .hasMessageContaining("database.url");
        assertThatThrownBy(() -> ServerProcess.start(other, with(right, "CLAUDE_VM_DATABASE_PASSWORD", "wrong-one")))
                .hasMessageContaining("password authentication failed")
                .hasMessageNotContaining("wrong-one");
        assertThatThrownBy(() ->
                        ServerProcess.start(other, with(right, "CLAUDE_VM_DATABASE_URL", postgres.url("no_such"))))
                .hasMessageContaining("\"no_such\" does not exist");
    }

    private static Map<String, String> with(Map<String, String> all, String name, String value) {
        Map<String, String> changed = new TreeMap<>(all);
        changed.put(name, value);
        return changed;
    }
}
