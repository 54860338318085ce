package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Groups what is done with agents. */
@Command(name = "agent", description = "See and install coding agents.")
final class AgentCommand {

    static Map<String, Class<?>> commands() {
        Map<String, Class<?>> commands = new LinkedHashMap<>();
        commands.put("list", Show.class);
        commands.put("install", Install.class);
        return commands;
    }

    /** {@code agent list}. */
    @Command(name = "list", description = "List the agents that can be chosen.")
    static final class Show implements Verb {

        private final ClaudeVm root;

        Show(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            try (ApiClient api = root.api()) {
                JsonNode agents = api.get("agents");
                return new Answer.Table(
                        agents,
                        List.of("NAME", "AGENT", "STATE", "KEY", "PROGRAM", "TODO"),
                        agents.path("agents").values().stream().map(Show::row).toList(),
                        "No agent is enabled. See agents.enabled in config.yaml.");
            }
        }

        private static List<String> row(JsonNode agent) {
            return List.of(
                    agent.path("name").asString("") + (agent.path("isDefault").asBoolean(false) ? " (default)" : ""),
                    agent.path("label").asString(""),
                    agent.path("state").asString("").replace('_', ' '),
                    agent.path("keyOrigin").asString("").replace('_', ' '),
                    agent.path("program").asString("-"),
                    agent.path("todo").asString(""));
        }
    }

    /** {@code agent install}. */
    @Command(name = "install", description = "Install an agent's program on the server's machine.")
    static final class Install implements Verb {

        @Parameters(paramLabel = "AGENT", description = "Its name, for example claude.")
        String name = "";

        private final ClaudeVm root;

        Install(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            try (ApiClient api = root.api();
                    StepLines steps = new StepLines(root.surroundings())) {
                String path = "agents/" + Ids.agent(name);
                JsonNode agent = api.post(path + "/install", null);
                while (agent.path("installation").path("running").asBoolean(false)) {
                    long arrived = agent.path("installation").path("bytes").asLong(0) / 1_000_000;
                    steps.show(List.of(new Workspace.Step("Installing " + name, false, arrived + " MB", 0)));
                    TimeUnit.MILLISECONDS.sleep(300);
                    agent = api.get(path);
                }
                String error = agent.path("installation").path("error").asString("");
                if (!error.isEmpty()) {
                    throw new CliException(ExitCode.FAILED, "Could not install " + name + ": " + error, "");
                }
                return new Answer.Lines(agent, List.of("Agent " + name + " is installed."));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CliException(ExitCode.FAILED, "Interrupted.", "The installation goes on on the server.", e);
            }
        }
    }
}
