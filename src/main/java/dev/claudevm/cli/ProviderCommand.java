package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import dev.claudevm.protocol.Json;
import java.util.ArrayList;
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

/** Groups what is done with providers. */
@Command(name = "provider", description = "Where workspaces run: add, list, change and delete providers.")
final class ProviderCommand {

    static Map<String, Class<?>> commands() {
        Map<String, Class<?>> commands = new LinkedHashMap<>();
        commands.put("add", ProviderSetUpCommands.Add.class);
        commands.put("list", Show.class);
        commands.put("set-options", ProviderSetUpCommands.SetOptions.class);
        commands.put("default", Default.class);
        commands.put("kinds", Kinds.class);
        commands.put("delete", Delete.class);
        return commands;
    }

    static JsonNode find(ApiClient api, String name) {
        return api.get("providers").path("providers").values().stream()
                .filter(provider -> provider.path("id").asString("").equals(name))
                .findFirst()
                .orElseThrow(() -> new CliException(
                        ExitCode.NOT_FOUND,
                        "There is no provider \"" + name + "\".",
                        "See `claude-vm provider list`."));
    }

    /** {@code provider list}. */
    @Command(name = "list", description = "List the providers.")
    static final class Show implements Verb {

        @Option(
                names = {"-v", "--verbose"},
                description = "Show options too (never secrets), and what is wrong.")
        boolean verbose;

        private final ClaudeVm root;

        Show(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            try (ApiClient api = root.api()) {
                JsonNode providers = api.get("providers");
                List<String> head = new ArrayList<>(List.of("NAME", "KIND", "STATE", "WORKSPACES"));
                if (verbose) {
                    head.addAll(List.of("FROM", "OPTIONS", "NOTE"));
                }
                return new Answer.Table(
                        providers,
                        head,
                        providers.path("providers").values().stream()
                                .map(this::row)
                                .toList(),
                        "This server has no provider.");
            }
        }

        private List<String> row(JsonNode provider) {
            boolean available = provider.path("available").asBoolean(false);
            List<String> row = new ArrayList<>(List.of(
                    provider.path("id").asString("")
                            + (provider.path("isDefault").asBoolean(false) ? " (default)" : ""),
                    provider.path("kind").asString(""),
                    available ? "ready" : "not available",
                    Integer.toString(provider.path("workspaces").size())));
            if (verbose) {
                row.add(provider.path("origin").asString("").equals("added") ? "you" : "config.yaml");
                row.add(provider.path("options").values().stream()
                        .filter(option -> option.path("given").asBoolean(false))
                        .map(Show::option)
                        .collect(Collectors.joining(" ")));
                row.add(
                        available
                                ? ""
                                : provider.path("reason").asString("") + " "
                                        + provider.path("todo").asString(""));
            }
            return row;
        }

        private static String option(JsonNode option) {
            return option.path("name").asString("")
                    + (option.path("secret").asBoolean(false)
                            ? " (secret)"
                            : "=" + option.path("value").asString(""));
        }
    }

    /** {@code provider kinds}. */
    @Command(name = "kinds", description = "List what can be added, with its options.")
    static final class Kinds implements Verb {

        @Parameters(arity = "0..1", paramLabel = "KIND", description = "Only this one.")
        @Nullable
        String only;

        private final ClaudeVm root;

        Kinds(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            try (ApiClient api = root.api()) {
                JsonNode kinds = api.get("provider-kinds");
                List<List<String>> rows = new ArrayList<>();
                for (JsonNode kind : kinds.path("kinds").values()) {
                    String name = kind.path("name").asString("");
                    if (only == null || only.equals(name)) {
                        kind.path("options").values().forEach(option -> rows.add(row(name, option)));
                    }
                }
                return new Answer.Table(
                        kinds,
                        List.of("KIND", "OPTION", "TYPE", "DEFAULT", "MEANING"),
                        rows,
                        only == null ? "This server has no kinds to add." : "There is no kind \"" + only + "\".");
            }
        }

        private static List<String> row(String kind, JsonNode option) {
            List<String> allowed = option.path("allowed").values().stream()
                    .map(value -> value.asString(""))
                    .toList();
            String byDefault = option.path("defaultValue").asString("");
            return List.of(
                    kind,
                    option.path("name").asString(""),
                    (allowed.isEmpty() ? option.path("type").asString("") : String.join("|", allowed))
                            + (option.path("secret").asBoolean(false) ? ", secret" : ""),
                    option.path("required").asBoolean(false)
                            ? "(needed)"
                            : option.path("confirmed").asBoolean(false) ? "(asked)" : byDefault,
                    option.path("title").asString("") + ". "
                            + option.path("help").asString(""));
        }
    }

    /** {@code provider default}. */
    @Command(name = "default", description = "Say where new workspaces go when --provider is not given.")
    static final class Default implements Verb {

        @Parameters(
                arity = "0..1",
                paramLabel = "NAME",
                description = "The provider; none: what holds for all projects. Without it: shows it.")
        @Nullable
        String name;

        @Option(names = "--project", paramLabel = "URL|PATH", description = "For this project only.")
        @Nullable
        String project;

        private final ClaudeVm root;

        Default(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            String source = project == null ? null : WorkspaceUpCommand.source(project, root.surroundings());
            try (ApiClient api = root.api()) {
                JsonNode answer;
                if (name == null) {
                    String query = source == null ? "" : "?source=" + ApiClient.segment(source);
                    answer = api.get("default-provider" + query);
                } else {
                    ObjectNode wish = Json.MAPPER.createObjectNode();
                    wish.put("source", source);
                    wish.put("provider", "none".equals(name) ? null : name);
                    answer = api.call("PUT", "default-provider", wish);
                }
                return new Answer.Lines(
                        answer,
                        List.of("New workspaces%s go to %s."
                                .formatted(
                                        source == null ? "" : " of " + source,
                                        answer.path("provider").asString(""))));
            }
        }
    }

    /** {@code provider delete}. */
    @Command(name = "delete", description = "Delete a provider that was added, with its secrets.")
    static final class Delete implements Verb {

        @Parameters(paramLabel = "NAME", description = "The provider.")
        String name = "";

        @Option(
                names = {"-f", "--force"},
                description =
                        "Also one that has workspaces. They are stopped and stay where they are; they go on when a"
                                + " provider of the same name and kind is added again.")
        boolean force;

        private final ClaudeVm root;

        Delete(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            try (ApiClient api = root.api()) {
                JsonNode gone = find(api, name);
                api.delete("providers/" + ApiClient.segment(name) + (force ? "?force=true" : ""));
                return new Answer.Lines(gone, List.of("Provider " + name + " is deleted."));
            }
        }
    }
}
