package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

/** Groups what is done with stored secrets, which nobody can see. */
@Command(name = "secrets", description = "The key that stored secrets are encrypted with.")
final class SecretsCommand {

    static Map<String, Class<?>> commands() {
        Map<String, Class<?>> commands = new LinkedHashMap<>();
        commands.put("rotate", Rotate.class);
        return commands;
    }

    /** {@code secrets rotate}. */
    @Command(name = "rotate", description = "Encrypt all stored secrets with a new key, and forget the old one.")
    static final class Rotate implements Verb {

        private final ClaudeVm root;

        Rotate(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            try (ApiClient api = root.api()) {
                JsonNode done = api.post("secrets/rotate", null);
                List<String> lines = new ArrayList<>(List.of(done.path("sealed").asInt(0)
                        + " secrets are encrypted with the new key of "
                        + done.path("key").asString("") + "."));
                done.path("unreadable")
                        .values()
                        .forEach(name -> lines.add("Cannot be read, give it again: " + name.asString("")));
                return new Answer.Lines(done, lines);
            }
        }
    }
}
