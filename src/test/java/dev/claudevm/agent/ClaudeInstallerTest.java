package dev.claudevm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.fake.NpmRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real npm against a registry on loopback that has two small packages. */
class ClaudeInstallerTest {

    @TempDir
    Path folder;

    @Test
    void thePinnedVersionIsInstalledByNpmAndRuns() throws Exception {
        NpmRegistry registry = NpmRegistry.closed();
        AgentFixture given = new AgentFixture(folder, environment(registry.url()), "");
        String version =
                new ClaudeInstaller(given.store, new dev.claudevm.config.ProcessEnvironment(Map.of())).pinnedVersion();
        Path program = AgentFixture.program(folder.resolve("native/package/claude"), "#!/bin/sh\necho installed\n");
        Files.writeString(
                program.resolveSibling("package.json"),
                "{\"name\": \"@anthropic-ai/claude-code-linux-x64\", \"version\": \"" + version + "\"}");
        Path wrapper = AgentFixture.program(folder.resolve("wrapper/package/cli.js"), "");
        Files.writeString(
                wrapper.resolveSibling("package.json"),
                "{\"name\": \"@anthropic-ai/claude-code\", \"version\": \"" + version
                        + "\", \"scripts\": {\"postinstall\": \"touch " + folder.resolve("a-script-ran") + "\"},"
                        + " \"dependencies\": {\"@anthropic-ai/claude-code-linux-x64\": \"" + version + "\"}}");
        registry.serve(folder.resolve("native"), version);
        registry.serve(folder.resolve("wrapper"), version);
        registry.open();
        try {
            assertThat(given.claude().state()).isEqualTo(Agent.State.NEEDS_INSTALLATION);
            given.catalog.install("claude");
            given.catalog.install("claude");
            await("the installation ends")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> !given.claude().installation().running());
        } finally {
            registry.close();
        }
        assertThat(given.claude().installation().error()).isNull();
        assertThat(given.claude().state()).isEqualTo(Agent.State.READY);
        assertThat(given.events).filteredOn(AgentsChanged.class::isInstance).hasSize(1);
        assertThat(given.events).filteredOn(AgentProgress.class::isInstance).isNotEmpty();
        String command = given.catalog.specs().getFirst().command().getFirst();
        assertThat(command).startsWith("{agents}/claude/" + version + "/");
        Path installed = given.home.agents().resolve(command.substring("{agents}/".length()));
        Process run = new ProcessBuilder(installed.toString()).start();
        assertThat(new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("installed\n");
        assertThat(folder.resolve("a-script-ran")).doesNotExist();
    }

    @Test
    void aRegistryThatDoesNotAnswerIsSaidWithWhatToDo() throws Exception {
        AgentFixture given = new AgentFixture(folder, environment("http://127.0.0.1:9"), "");
        assertFailsWith(given, "registry");
        assertThat(given.home.agents().resolve("claude")).isDirectoryNotContaining("glob:**/[0-9]*");
    }

    @Test
    void aMachineWithoutNpmIsToldSo() throws Exception {
        Map<String, String> environment = environment("http://127.0.0.1:9");
        AgentFixture given = new AgentFixture(folder, environment, "");
        ClaudeInstaller installer = new ClaudeInstaller(
                given.store,
                new dev.claudevm.config.ProcessEnvironment(Map.of("PATH", folder.toString())),
                "no-such-npm");
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> installer.install(_ -> {}))
                .isInstanceOfSatisfying(ClaudeInstaller.Failed.class, failed -> {
                    assertThat(failed.what()).contains("npm");
                    assertThat(failed.todo()).contains("Node.js");
                });
    }

    private static void assertFailsWith(AgentFixture given, String words) {
        given.catalog.install("claude");
        await("the installation ends")
                .atMost(Duration.ofSeconds(60))
                .until(() -> !given.claude().installation().running());
        assertThat(given.claude().installation().error()).contains(words);
        assertThat(given.claude().state()).isEqualTo(Agent.State.NEEDS_INSTALLATION);
    }

    private Map<String, String> environment(String registry) {
        Map<String, String> environment = new HashMap<>();
        environment.put("PATH", System.getenv("PATH"));
        environment.put("HOME", folder.toString());
        environment.put("npm_config_registry", registry);
        environment.put("npm_config_fetch_retries", "0");
        environment.put("ANTHROPIC_API_KEY", "some-key");
        return environment;
    }
}
