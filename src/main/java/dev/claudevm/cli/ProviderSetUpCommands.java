package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import dev.claudevm.protocol.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Adds and changes providers. What is needed and was not said is asked for. */
final class ProviderSetUpCommands {

    private ProviderSetUpCommands() {}

    private static JsonNode kind(List<JsonNode> kinds, String name) {
        return kinds.stream()
                .filter(kind -> kind.path("name").asString("").equals(name))
                .findFirst()
                .orElseThrow(() -> new CliException(
                        ExitCode.USAGE,
                        "There is no kind of provider \"" + name + "\".",
                        "Use one of: " + names(kinds) + "."));
    }

    private static String names(List<JsonNode> kinds) {
        return kinds.stream().map(kind -> kind.path("name").asString("")).collect(Collectors.joining(", "));
    }

    /** {@code provider add}. */
    @Command(name = "add", description = "Add a provider: a place where workspaces can run.")
    static final class Add implements Verb {

        @Parameters(index = "0", arity = "0..1", paramLabel = "KIND", description = "See `claude-vm provider kinds`.")
        @Nullable
        String kind;

        @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "What to call it.")
        @Nullable
        String name;

        @Parameters(
                index = "2..*",
                paramLabel = "OPTION=VALUE",
                description =
                        "Its options; OPTION=@FILE takes a file's content. What is needed and missing is asked for.")
        List<String> options = List.of();

        @Option(names = "--no-check", description = "Do not try it first.")
        boolean unchecked;

        private final ClaudeVm root;

        Add(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            Surroundings here = root.surroundings();
            try (ApiClient api = root.api()) {
                Asking asking = new Asking(here);
                List<JsonNode> kinds = api.get("provider-kinds").path("kinds").values().stream()
                        .toList();
                JsonNode chosen = kind(kinds, wanted(kind, "KIND", "Kind (" + names(kinds) + "): ", asking));
                String called = wanted(name, "NAME", "Name: ", asking);
                ProviderOptions each = new ProviderOptions(chosen, here, asking);
                Map<String, String> values = each.typed(options);
                if (here.typing() && (options.isEmpty() || !each.missing(values).isEmpty())) {
                    each.ask(values, Map.of());
                }
                each.requireAll(values);
                ObjectNode wish = Json.MAPPER
                        .createObjectNode()
                        .put("name", called)
                        .put("kind", chosen.path("name").asString(""))
                        .put("check", !unchecked);
                JsonNode added = each.send(wish, values, whole -> api.post("providers", whole));
                return new Answer.Lines(
                        added,
                        List.of(
                                "Provider " + called + " is added.",
                                "Make a workspace there: claude-vm workspace up --provider " + called + " ."));
            }
        }

        private String wanted(@Nullable String said, String what, String prompt, Asking asking) {
            if (said != null) {
                return said;
            }
            String answer = root.surroundings().typing() ? asking.line(prompt) : "";
            if (answer.isEmpty()) {
                throw new CliException(
                        ExitCode.USAGE,
                        "Missing: " + what + ".",
                        "Say: claude-vm provider add KIND NAME OPTION=VALUE …");
            }
            return answer;
        }
    }

    /** {@code provider set-options}. */
    @Command(name = "set-options", description = "Change the options of a provider that was added.")
    static final class SetOptions implements Verb {

        @Parameters(index = "0", paramLabel = "NAME", description = "The provider.")
        String name = "";

        @Parameters(
                index = "1..*",
                paramLabel = "OPTION=VALUE",
                description =
                        "OPTION=@FILE takes a file's content, OPTION= goes back to the default. Without any, each is asked for.")
        List<String> options = List.of();

        @Option(names = "--no-check", description = "Do not try it first.")
        boolean unchecked;

        private final ClaudeVm root;

        SetOptions(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            Surroundings here = root.surroundings();
            try (ApiClient api = root.api()) {
                Asking asking = new Asking(here);
                JsonNode provider = ProviderCommand.find(api, name);
                if (!provider.path("origin").asString("").equals("added")) {
                    throw new CliException(
                            ExitCode.FAILED,
                            "Provider \"" + name + "\" is of the configuration file.",
                            "Change it there (config.yaml).");
                }
                List<JsonNode> kinds = api.get("provider-kinds").path("kinds").values().stream()
                        .toList();
                ProviderOptions each =
                        new ProviderOptions(kind(kinds, provider.path("kind").asString("")), here, asking);
                Map<String, String> values = each.typed(options);
                if (options.isEmpty()) {
                    if (!here.typing()) {
                        throw new CliException(
                                ExitCode.USAGE, "No option was named.", "Say what to change: OPTION=VALUE.");
                    }
                    each.ask(values, kept(provider));
                }
                ObjectNode wish = Json.MAPPER.createObjectNode().put("check", !unchecked);
                JsonNode changed = each.send(
                        wish, values, whole -> api.call("PATCH", "providers/" + ApiClient.segment(name), whole));
                return new Answer.Lines(changed, List.of("Provider " + name + " is changed."));
            }
        }

        private static Map<String, String> kept(JsonNode provider) {
            Map<String, String> kept = new LinkedHashMap<>();
            for (JsonNode option : provider.path("options").values()) {
                if (option.path("given").asBoolean(false)) {
                    kept.put(
                            option.path("name").asString(""),
                            option.path("secret").asBoolean(false)
                                    ? "as it is"
                                    : option.path("value").asString(""));
                }
            }
            return kept;
        }
    }
}
