package dev.claudevm.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.protocol.Bridge.AgentSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramsTest {

    @TempDir
    Path folder;

    @Test
    void theProgramOnThePathIsBroughtInByALinkAndAgainWhenItChanged() throws Exception {
        Path program = AgentFixture.program(folder.resolve("versions/1/claude"), "one");
        Files.createDirectories(folder.resolve("bin"));
        Files.createSymbolicLink(folder.resolve("bin/claude"), program);
        AgentFixture given =
                new AgentFixture(folder, Map.of("PATH", folder.resolve("bin").toString()), "");
        String first = command(given).getFirst();
        assertThat(first).startsWith("{agents}/claude/imported/").endsWith("/claude");
        assertThat(inside(given, first)).hasContent("one");
        assertThat(Files.getAttribute(inside(given, first), "unix:ino"))
                .isEqualTo(Files.getAttribute(program, "unix:ino"));
        assertThat(command(given).getFirst()).isEqualTo(first);

        Path newer = AgentFixture.program(folder.resolve("versions/2/claude"), "two, longer");
        Files.delete(folder.resolve("bin/claude"));
        Files.createSymbolicLink(folder.resolve("bin/claude"), newer);
        String second = command(given).getFirst();
        assertThat(second).isNotEqualTo(first);
        assertThat(inside(given, second)).hasContent("two, longer");
        // A workspace that is offline still names the one before.
        assertThat(inside(given, first)).exists();
        AgentFixture.program(folder.resolve("versions/2/claude"), "three, still longer");
        command(given);
        try (Stream<Path> kept = Files.list(given.home.agents().resolve("claude/imported"))) {
            assertThat(kept).hasSize(2);
        }
    }

    @Test
    void bringingAProgramInChangesNoFolderAboveTheStore() throws Exception {
        AgentFixture.program(folder.resolve("bin/claude"), "x");
        AgentFixture given =
                new AgentFixture(folder, Map.of("PATH", folder.resolve("bin").toString()), "");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx-w--w-"));
        command(given);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx-w--w-");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(given.home.root())))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(given.home.agents().resolve("claude"))))
                .isEqualTo("rwxr-xr-x");
    }

    @Test
    void aProgramThatOthersMayNotReadIsCopiedAndItsOwnRightsStay() throws Exception {
        Path program = AgentFixture.program(folder.resolve("bin/claude"), "x");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        AgentFixture given =
                new AgentFixture(folder, Map.of("PATH", folder.resolve("bin").toString()), "");
        Path inside = inside(given, command(given).getFirst());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(inside)))
                .isEqualTo("rwxr-xr-x");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(program)))
                .isEqualTo("rwx------");
    }

    @Test
    void aScriptOfAnNpmPackageComesWithItsPackage() throws Exception {
        Path script = AgentFixture.program(
                folder.resolve("lib/node_modules/claude-code/bin/cli.js"), "#!/usr/bin/env node\nrequire('../x')");
        Files.writeString(folder.resolve("lib/node_modules/claude-code/package.json"), "{}");
        Files.writeString(folder.resolve("lib/node_modules/claude-code/x.js"), "");
        AgentFixture given = new AgentFixture(folder, Map.of(), "agents: {claude: {command: " + script + "}}");
        Path inside = inside(given, command(given).getFirst());
        assertThat(inside).isExecutable().hasFileName("cli.js");
        assertThat(inside.resolveSibling("../x.js")).exists();
    }

    @Test
    void aConfiguredCommandKeepsItsArgumentsAndTheSystemsProgramsStayWhereTheyAre() throws Exception {
        AgentFixture given = new AgentFixture(
                folder, Map.of("PATH", "/usr/bin:/bin"), "agents: {claude: {command: [env, X=1, claude]}}");
        assertThat(command(given)).containsExactly("env", "X=1", "claude");
    }

    @Test
    void aConfiguredCommandThatIsNotThereIsSaid() throws Exception {
        AgentFixture given = new AgentFixture(
                folder, Map.of("ANTHROPIC_API_KEY", "some-key"), "agents: {claude: {command: /no/such/claude}}");
        assertThat(given.claude().state()).isEqualTo(Agent.State.NEEDS_INSTALLATION);
        assertThat(given.claude().todo()).contains("/no/such/claude").contains("agents.claude.command");
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> given.catalog.install("claude"))
                .hasMessageContaining("/no/such/claude");
    }

    private static List<String> command(AgentFixture given) {
        return given.catalog.specs().stream()
                .filter(spec -> spec.name().equals("claude"))
                .map(AgentSpec::command)
                .findFirst()
                .orElseThrow();
    }

    private static Path inside(AgentFixture given, String command) {
        return given.home.agents().resolve(command.substring("{agents}/".length()));
    }
}
