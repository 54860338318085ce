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

    /** What adding and changing have in common: options of a kind, said or asked for, and sent with a wish that is tried first. */
    abstract static class SetUp implements Verb {

        @Option(names = "--no-check", description = "Do not try it first.")
        boolean unchecked;

        final ClaudeVm root;

        SetUp(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public final Answer run() {
            try (ApiClient api = root.api()) {
                return setUp(api, new Asking(root.surroundings()));
            }
        }

        abstract Answer setUp(ApiClient api, Asking asking);

        static List<JsonNode> kinds(ApiClient api) {
            return api.get("provider-kinds").path("kinds").values().stream().toList();
        }

        /** @throws CliException when there is no kind of that name */
        static JsonNode kind(List<JsonNode> kinds, String name) {
            return kinds.stream()
                    .filter(kind -> kind.path("name").asString("").equals(name))
                    .findFirst()
                    .orElseThrow(() -> new CliException(
                            ExitCode.USAGE,
                            "There is no kind of provider \"" + name + "\".",
                            "Use one of: " + names(kinds) + "."));
        }

        static String names(List<JsonNode> kinds) {
            return kinds.stream().map(kind -> kind.path("name").asString("")).collect(Collectors.joining(", "));
        }

        ProviderOptions optionsOf(JsonNode kind, Asking asking) {
            return new ProviderOptions(kind, root.surroundings(), asking);
        }

        ObjectNode wish() {
            return Json.MAPPER.createObjectNode().put("check", !unchecked);
        }
    }

    /** {@code provider add}. */
    @Command(name = "add", description = "Add a provider: a place where workspaces can run.")
    static final class Add extends SetUp {

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

        Add(ClaudeVm root) {
            super(root);
        }

        @Override
        Answer setUp(ApiClient api, Asking asking) {
            List<JsonNode> kinds = kinds(api);
            JsonNode chosen = kind(kinds, wanted(kind, "KIND", "Kind (" + names(kinds) + "): ", asking));
            String called = wanted(name, "NAME", "Name: ", asking);
            ProviderOptions each = optionsOf(chosen, asking);
            Map<String, String> values = each.typed(options);
            if (root.surroundings().typing()
                    && (options.isEmpty() || !each.missing(values).isEmpty())) {
                each.ask(values, Map.of());
            }
            each.requireAll(values);
            ObjectNode wish =
                    wish().put("name", called).put("kind", chosen.path("name").asString(""));
            JsonNode added = each.send(wish, values, whole -> api.post("providers", whole));
            return new Answer.Lines(
                    added,
                    List.of(
                            "Provider " + called + " is added.",
                            "Make a workspace there: claude-vm workspace up --provider " + called + " ."));
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
    static final class SetOptions extends SetUp {

        @Parameters(index = "0", paramLabel = "NAME", description = "The provider.")
        String name = "";

        @Parameters(
                index = "1..*",
                paramLabel = "OPTION=VALUE",
                description =
                        "OPTION=@FILE takes a file's content, OPTION= goes back to the default. Without any, each is asked for.")
        List<String> options = List.of();

        SetOptions(ClaudeVm root) {
            super(root);
        }

        @Override
        Answer setUp(ApiClient api, Asking asking) {
            JsonNode provider = ProviderCommand.find(api, name);
            if (!provider.path("origin").asString("").equals("added")) {
                throw new CliException(
                        ExitCode.FAILED,
                        "Provider \"" + name + "\" is of the configuration file.",
                        "Change it there (config.yaml).");
            }
            ProviderOptions each =
                    optionsOf(kind(kinds(api), provider.path("kind").asString("")), asking);
            Map<String, String> values = each.typed(options);
            if (options.isEmpty()) {
                if (!root.surroundings().typing()) {
                    throw new CliException(ExitCode.USAGE, "No option was named.", "Say what to change: OPTION=VALUE.");
                }
                each.ask(values, kept(provider));
            }
            JsonNode changed = each.send(
                    wish(), values, whole -> api.call("PATCH", "providers/" + ApiClient.segment(name), whole));
            return new Answer.Lines(changed, List.of("Provider " + name + " is changed."));
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
