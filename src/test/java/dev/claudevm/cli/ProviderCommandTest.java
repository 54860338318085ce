package dev.claudevm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Json;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The command line's part of providers, against a server that does what the test says. */
class ProviderCommandTest {

    private static final String KINDS = """
            {"kinds": [{"name": "machine", "title": "A machine", "help": "…", "options": [
              {"name": "host", "type": "text", "title": "Host", "help": "Its name.", "required": true},
              {"name": "port", "type": "number", "title": "Port", "help": "Where it listens.", "defaultValue": "22"},
              {"name": "password", "type": "text", "title": "Password", "help": "Lets in.", "required": true, "secret": true},
              {"name": "key", "type": "file", "title": "Private key", "help": "Lets in, too.", "secret": true},
              {"name": "hostKey", "type": "text", "title": "Host key", "help": "What it shows.", "confirmed": true}]}]}""";

    private static final String LIST = """
            {"providers": [
              {"id": "local", "kind": "local", "origin": "file", "isDefault": true, "available": true, "options": [], "workspaces": ["a-b-1"]},
              {"id": "box", "kind": "machine", "origin": "added", "available": false, "reason": "It is silent.", "todo": "Wake it.",
               "options": [{"name": "host", "value": "h", "given": true}, {"name": "password", "value": null, "secret": true, "given": true},
                           {"name": "port", "value": null}], "workspaces": []}]}""";

    @TempDir
    Path home;

    private final ScriptedServer server = new ScriptedServer();

    @BeforeEach
    void kinds() {
        server.on("GET provider-kinds", 200, KINDS).on("GET providers", 200, LIST);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private CommandRun run(String... args) {
        return CommandRun.of(home, server.url(), "", args);
    }

    /** Somebody sits there and answers. */
    private CommandRun typing(String answers, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Surroundings there = new Surroundings(
                Map.of("CLAUDE_VM_HOME", home.toString(), "CLAUDE_VM_URL", server.url(), "CLAUDE_VM_TOKEN", "cvm_test"),
                home,
                new ByteArrayInputStream(answers.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                true,
                true);
        int exit = Main.run(there, args);
        return new CommandRun(exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private JsonNode sent() {
        return Json.MAPPER.readTree(server.writes().getLast().body());
    }

    @Test
    void theListShowsWhatIsWrongAndNoSecret() {
        assertThat(run("provider", "list").out().lines())
                .containsExactly(
                        "NAME             KIND     STATE          WORKSPACES",
                        "local (default)  local    ready          1",
                        "box              machine  not available  0");
        assertThat(run("provider", "list", "-v").out())
                .contains("host=h password (secret)")
                .contains("It is silent. Wake it.")
                .contains("config.yaml");
        assertThat(run("provider", "kinds", "machine").out())
                .contains("machine  port")
                .contains("text, secret")
                .contains("(needed)");
    }

    @Test
    void withoutATerminalNothingIsAskedAndWhatIsMissingIsNamed() throws IOException {
        CommandRun missing = run("provider", "add", "machine", "box", "port=2222");
        assertThat(missing.exit()).isEqualTo(2);
        assertThat(missing.err()).contains("host, password").contains("host=… password=…");
        assertThat(server.writes()).isEmpty();
        assertThat(run("provider", "add", "machine").err()).contains("Missing: NAME");
        assertThat(run("provider", "add", "boat", "box").err())
                .contains("\"boat\"")
                .contains("machine");
        assertThat(run("provider", "add", "machine", "box", "colour=red").err())
                .contains("colour")
                .contains("hostKey");

        Files.writeString(home.resolve("id"), "-----BEGIN-----\n");
        server.on("POST providers", 201, "{\"id\": \"box\"}");
        CommandRun added = run("provider", "add", "machine", "box", "host=h", "password=p=q", "key=id", "--no-check");
        assertThat(added.exit()).as(added.err()).isZero();
        assertThat(sent())
                .isEqualTo(Json.MAPPER.readTree(
                        "{\"name\": \"box\", \"kind\": \"machine\", \"check\": false, \"options\": {\"host\": \"h\", \"password\": \"p=q\","
                                + " \"key\": \"-----BEGIN-----\\n\"}}"));
    }

    @Test
    void whatACheckFindsIsConfirmedByWhoSitsThere() {
        server.on("POST providers", 409, """
                {"detail": "It shows SHA256:abc.", "todo": "Compare it.", "confirm": {"option": "hostKey", "value": "SHA256:abc"}}""");
        CommandRun alone = run("provider", "add", "machine", "box", "host=h", "password=p");
        assertThat(alone.exit()).isEqualTo(1);
        assertThat(alone.err()).contains("'hostKey=SHA256:abc'");

        CommandRun no = typing("n\n", "provider", "add", "machine", "box", "host=h", "password=p");
        assertThat(no.exit()).isEqualTo(1);
        // Said yes, and then the input ends.
        CommandRun yes = typing("y\n", "provider", "add", "machine", "box", "host=h", "password=p");
        assertThat(yes.err()).contains("It shows SHA256:abc.").contains("Given up.");
        assertThat(sent().path("options").path("hostKey").asString("")).isEqualTo("SHA256:abc");
    }

    @Test
    void whatDoesNotWorkIsKeptOnlyWhenSomebodySaysSo() {
        server.on(
                "POST providers",
                409,
                "{\"detail\": \"It is silent.\", \"todo\": \"Wake it.\", \"check\": \"failed\"}");
        CommandRun alone = run("provider", "add", "machine", "box", "host=h", "password=p");
        assertThat(alone.err()).contains("It is silent.").contains("--no-check");
        CommandRun yes = typing("y\n", "provider", "add", "machine", "box", "host=h", "password=p");
        assertThat(yes.err()).contains("Keep it all the same?");
        assertThat(sent().path("check").asBoolean(true)).isFalse();
    }

    @Test
    void optionsAreChangedOneByOneOrByAsking() {
        server.on("PATCH providers/box", 200, "{\"id\": \"box\"}");
        assertThat(run("provider", "set-options", "box", "port=").exit()).isZero();
        assertThat(sent().path("options")).isEqualTo(Json.MAPPER.readTree("{\"port\": \"\"}"));
        assertThat(run("provider", "set-options", "box").err()).contains("OPTION=VALUE");
        assertThat(run("provider", "set-options", "local", "x=y").err()).contains("config.yaml");

        CommandRun asked = typing("other\n\n\n\n", "provider", "set-options", "box");
        assertThat(asked.exit()).as(asked.err()).isZero();
        assertThat(asked.err()).contains("Host [h]: ").contains("Password [as it is]: ");
        assertThat(sent().path("options")).isEqualTo(Json.MAPPER.readTree("{\"host\": \"other\"}"));
    }

    @Test
    void aProviderWithWorkspacesIsDeletedByForceOnly() {
        server.on(
                "DELETE providers/box",
                409,
                "{\"detail\": \"Provider \\\"box\\\" has workspaces: a-b-1.\", \"todo\": \"Or by force.\"}");
        server.on("DELETE providers/box?force=true", 200, "{}");
        CommandRun refused = run("provider", "delete", "box");
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.err()).contains("a-b-1");
        assertThat(run("provider", "delete", "box", "--force").exit()).isZero();
        assertThat(run("provider", "delete", "boat").exit()).isEqualTo(3);
    }

    @Test
    void theDefaultIsSaidForAProjectOrForAll() {
        server.on("PUT default-provider", 200, "{\"provider\": \"box\"}");
        assertThat(run("provider", "default", "box").out()).contains("New workspaces go to box.");
        assertThat(run("provider", "default", "box", "--project", ".").exit()).isZero();
        assertThat(sent().path("source").asString("")).isEqualTo(home.toString());
        assertThat(run("provider", "default", "none", "--project", ".").exit()).isZero();
        assertThat(sent().path("provider").isNull()).isTrue();
    }

    /** A real terminal, which shows what is typed unless it is told not to. */
    @Test
    void aSecretThatIsTypedIsNotShown() throws Exception {
        server.on("POST providers", 201, "{\"id\": \"box\"}");
        String command = String.join(
                " ",
                List.of(
                        "'" + Path.of(System.getProperty("java.home"), "bin/java") + "'",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        "'" + System.getProperty("java.class.path") + "'",
                        Main.class.getName(),
                        "provider add machine box"));
        ProcessBuilder builder = new ProcessBuilder("script", "-qec", command, "/dev/null").redirectErrorStream(true);
        builder.environment().clear();
        builder.environment()
                .putAll(Map.of(
                        "PATH", "/usr/bin:/bin",
                        "TERM", "dumb",
                        "HOME", home.toString(),
                        "CLAUDE_VM_HOME", home.toString(),
                        "CLAUDE_VM_URL", server.url(),
                        "CLAUDE_VM_TOKEN", "cvm_test",
                        "CLAUDE_VM_TTY", "012"));
        Process process = builder.start();
        StringBuffer screen = new StringBuffer();
        Thread reader = Thread.ofPlatform().daemon().start(() -> {
            try {
                for (int c = process.getInputStream().read();
                        c >= 0;
                        c = process.getInputStream().read()) {
                    screen.append((char) c);
                }
            } catch (IOException e) {
                // It has ended.
            }
        });
        try {
            for (String[] step : new String[][] {
                {"Host: ", "visible-host"}, {"Port [22]: ", ""}, {"Password: ", "s3cret"}, {"may be empty): ", ""}
            }) {
                await("it asks for " + step[0] + "; it says: " + screen)
                        .atMost(java.time.Duration.ofSeconds(30))
                        .until(() -> screen.toString().contains(step[0]));
                process.getOutputStream().write((step[1] + "\n").getBytes(StandardCharsets.UTF_8));
                process.getOutputStream().flush();
            }
            assertThat(process.waitFor(30, TimeUnit.SECONDS))
                    .as(screen.toString())
                    .isTrue();
            reader.join(5_000);
        } finally {
            process.destroyForcibly();
        }
        assertThat(screen.toString())
                .contains("visible-host")
                .contains("Provider box is added.")
                .doesNotContain("s3cret");
        assertThat(sent().path("options").path("password").asString("")).isEqualTo("s3cret");
    }
}
