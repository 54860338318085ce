package dev.claudevm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudevm.config.ConfigFile;
import dev.claudevm.protocol.Bridge.AgentSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentCatalogTest {

    @TempDir
    Path folder;

    @Test
    void theDemoAgentNeedsNothingAndClaudeSaysWhatItNeeds() throws Exception {
        AgentFixture given = new AgentFixture(folder, Map.of(), "");
        assertThat(given.catalog.all()).extracting(Agent::name).containsExactly("claude", "demo");
        assertThat(given.catalog.find("demo").orElseThrow().state()).isEqualTo(Agent.State.READY);
        assertThat(given.catalog.find("demo").orElseThrow().demo()).isTrue();
        assertThat(given.claude().state()).isEqualTo(Agent.State.NEEDS_KEY);
        assertThat(given.claude().todo()).contains("Settings");
        given.catalog.setKey("claude", "sk-ant-api03-x");
        assertThat(given.claude().state()).isEqualTo(Agent.State.NEEDS_INSTALLATION);
        assertThat(given.claude().todo()).contains("agents.claude.command");
        assertThat(given.catalog.specs()).extracting(AgentSpec::name).containsExactly("demo");
        assertThat(given.catalog.specs().getFirst().command())
                .containsExactly("{bridge}", "dev.claudevm.agents.demo.DemoAgent");
        assertThat(AgentKind.ALL).extracting(AgentKind::name).containsExactlyElementsOf(ConfigFile.AGENTS);
    }

    @Test
    void aKeyComesFromTheFirstPlaceThatHasOneAndNoneIsMixed() throws Exception {
        Map<String, String> environment = Map.of("ANTHROPIC_API_KEY", "env-key", "ANTHROPIC_BASE_URL", "http://x");
        AgentFixture configured = new AgentFixture(
                folder.resolve("a"), environment, "agents: {claude: {env: {CLAUDE_CODE_OAUTH_TOKEN: file-token}}}");
        assertThat(configured.claudeEnv())
                .isEqualTo(Map.of("CLAUDE_CODE_OAUTH_TOKEN", "file-token", "ANTHROPIC_BASE_URL", "http://x"));
        assertThat(configured.claude().keyOrigin()).isEqualTo("config");

        AgentFixture fromEnvironment = new AgentFixture(folder.resolve("b"), environment, "");
        fromEnvironment.catalog.setKey("claude", "stored-key");
        assertThat(fromEnvironment.claudeEnv()).containsEntry("ANTHROPIC_API_KEY", "env-key");
        assertThat(fromEnvironment.claude().keyOrigin()).isEqualTo("environment");
    }

    @Test
    void aKeyFromSettingsGoesToTheVariableOfItsKindAndIsNeverShown() throws Exception {
        AgentFixture given = new AgentFixture(folder, Map.of(), "");
        given.catalog.setKey("claude", " sk-ant-oat01-token\n");
        assertThat(given.claudeEnv()).isEqualTo(Map.of("CLAUDE_CODE_OAUTH_TOKEN", "sk-ant-oat01-token"));
        given.catalog.setKey("claude", "sk-ant-api03-key");
        assertThat(given.claudeEnv()).isEqualTo(Map.of("ANTHROPIC_API_KEY", "sk-ant-api03-key"));
        assertThat(given.events).hasSize(2).hasOnlyElementsOfType(AgentsChanged.class);
        assertThat(given.claude().toString()).doesNotContain("sk-ant");
        assertThat(given.keys.of(AgentKind.CLAUDE).toString()).doesNotContain("sk-ant");
        assertThat(new AgentSpec("a", "b", "c", java.util.List.of(), given.claudeEnv()).toString())
                .doesNotContain("sk-ant");
        for (String wrong : new String[] {"", "short", "two words here", "line\nbreak-in-it"}) {
            assertThatThrownBy(() -> given.catalog.setKey("claude", wrong))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        Files.delete(given.home.secretKeyFile());
        assertThat(given.claude().state()).isEqualTo(Agent.State.NEEDS_KEY);
        assertThat(given.claude().todo()).contains("give it again");
        assertThat(given.catalog.removeKey("claude")).isTrue();
        assertThat(given.catalog.removeKey("claude")).isFalse();
    }

    @Test
    void theMachinesLoginIsLentOnlyWhenItsUserSaysSoAndOnlyTheShortLivedPart() throws Exception {
        AgentFixture given = new AgentFixture(folder, Map.of("HOME", folder.toString()), "");
        Path credentials = folder.resolve(".claude/.credentials.json");
        Files.createDirectories(credentials.getParent());
        login(credentials, AgentFixture.NOW.plusSeconds(60).toEpochMilli());
        assertThat(given.claude().login()).isEqualTo(new Agent.Login(true, false, false));
        assertThat(given.claudeEnv()).isEmpty();
        given.catalog.lendLogin("claude", true);
        assertThat(given.claude().keyOrigin()).isEqualTo("login");
        assertThat(given.claudeEnv()).isEqualTo(Map.of("CLAUDE_CODE_OAUTH_TOKEN", "access-1"));
        login(credentials, AgentFixture.NOW.minusSeconds(1).toEpochMilli());
        assertThat(given.claude().state()).isEqualTo(Agent.State.NEEDS_KEY);
        assertThat(given.claude().todo()).contains("run out").contains("claude setup-token");
        Files.writeString(credentials, "{ torn");
        assertThat(given.claude().todo()).contains("no Claude login");

        AgentFixture refused = new AgentFixture(
                folder.resolve("b"), Map.of("HOME", folder.toString()), "agents: {claude: {lendLogin: false}}");
        assertThatThrownBy(() -> refused.catalog.lendLogin("claude", true)).hasMessageContaining("config.yaml");
    }

    @Test
    void aRenewedLoginIsToldToTheBridges() throws Exception {
        AgentFixture given =
                new AgentFixture(folder, Map.of("HOME", folder.toString()), "agents: {claude: {lendLogin: true}}");
        AgentFixture.program(folder.resolve("bin/claude"), "x");
        AgentFixture withProgram = new AgentFixture(
                folder,
                Map.of("HOME", folder.toString(), "PATH", folder.resolve("bin").toString()),
                "agents: {claude: {lendLogin: true}}");
        Path credentials = folder.resolve(".claude/.credentials.json");
        Files.createDirectories(credentials.getParent());
        login(credentials, Long.MAX_VALUE);
        withProgram.catalog.specs();
        withProgram.catalog.lookForChanges();
        assertThat(withProgram.events).isEmpty();
        Files.writeString(credentials, Files.readString(credentials).replace("access-1", "access-2"));
        withProgram.catalog.lookForChanges();
        assertThat(withProgram.events).hasSize(1);
        withProgram.catalog.lookForChanges();
        assertThat(withProgram.events).hasSize(1);
        assertThat(given.events).isEmpty();
    }

    private static void login(Path credentials, long expiresAt) throws Exception {
        Files.writeString(
                credentials,
                "{\"claudeAiOauth\": {\"accessToken\": \"access-1\", \"refreshToken\": \"refresh-1\", \"expiresAt\": "
                        + expiresAt + "}}");
    }
}
