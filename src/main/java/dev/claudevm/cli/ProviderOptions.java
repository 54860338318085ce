package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The options of one kind of provider: out of the command line and, where somebody sits at a terminal, by asking. */
final class ProviderOptions {

    private static final long MAX_FILE_BYTES = 64 * 1024;

    private final JsonNode kind;
    private final Surroundings here;
    private final Asking asking;

    /** @param kind as the server describes it */
    ProviderOptions(JsonNode kind, Surroundings here, Asking asking) {
        this.kind = kind;
        this.here = here;
        this.asking = asking;
    }

    /** @param words {@code option=value}; {@code option=@file} takes the file's content */
    Map<String, String> typed(List<String> words) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            String name = equals < 0 ? "" : word.substring(0, equals);
            JsonNode option = option(name)
                    .orElseThrow(() -> new CliException(
                            ExitCode.USAGE,
                            equals < 0
                                    ? "Options are said as OPTION=VALUE."
                                    : "A provider of kind " + kindName() + " has no option \"" + name + "\".",
                            "It has: " + String.join(", ", names()) + "."));
            String value = word.substring(equals + 1);
            boolean file = !value.isEmpty() && (value.startsWith("@") || isFile(option));
            values.put(name, file ? content(value.startsWith("@") ? value.substring(1) : value) : value);
        }
        return values;
    }

    /**
     * Asks for whatever is not there yet, but for what the check finds out.
     *
     * @param kept those that have a value already; an empty answer keeps it
     */
    void ask(Map<String, String> values, Map<String, String> kept) {
        for (JsonNode option : kind.path("options").values()) {
            String name = option.path("name").asString("");
            if (!values.containsKey(name) && !option.path("confirmed").asBoolean(false)) {
                String value = ask(option, kept.get(name));
                if (!value.isEmpty()) {
                    values.put(name, value);
                }
            }
        }
    }

    private String ask(JsonNode option, @Nullable String kept) {
        asking.say("  " + option.path("help").asString(""));
        while (true) {
            try {
                String prompt = prompt(option, kept);
                String typed = option.path("secret").asBoolean(false) && !isFile(option)
                        ? asking.hidden(prompt)
                        : asking.line(prompt);
                if (typed.isEmpty() && kept == null && isRequired(option)) {
                    asking.say("  It is needed.");
                } else {
                    return typed.isEmpty() || !isFile(option) ? typed : content(typed);
                }
            } catch (CliException noSuchFile) {
                if (!isFile(option)) {
                    throw noSuchFile;
                }
                asking.say("  " + noSuchFile.what());
            }
        }
    }

    private static String prompt(JsonNode option, @Nullable String kept) {
        String text = option.path("title").asString("") + (isFile(option) ? " (file)" : "");
        List<String> allowed = option.path("allowed").values().stream()
                .map(value -> value.asString(""))
                .toList();
        if (!allowed.isEmpty()) {
            text += " (" + String.join(", ", allowed) + ")";
        }
        String usual = kept != null ? kept : option.path("defaultValue").asString("");
        return text + (!usual.isEmpty() ? " [" + usual + "]: " : isRequired(option) ? ": " : " (may be empty): ");
    }

    /** @return names of those that are needed and not there */
    List<String> missing(Map<String, String> values) {
        return kind.path("options").values().stream()
                .filter(ProviderOptions::isRequired)
                .filter(option -> option.path("defaultValue").asString("").isEmpty())
                .map(option -> option.path("name").asString(""))
                .filter(name -> values.getOrDefault(name, "").isEmpty())
                .toList();
    }

    /** @throws CliException naming what is missing, for who cannot be asked */
    void requireAll(Map<String, String> values) {
        List<String> missing = missing(values);
        if (!missing.isEmpty()) {
            throw new CliException(
                    ExitCode.USAGE,
                    "A provider of kind " + kindName() + " needs more: " + String.join(", ", missing) + ".",
                    "Say them: " + missing.stream().map(name -> name + "=…").collect(Collectors.joining(" ")) + ".");
        }
    }

    /**
     * Sends the wish until the server has what it needs of a person: their word for what the check found, or that it shall be kept although it does not work.
     *
     * @param send gets the whole wish
     */
    JsonNode send(ObjectNode wish, Map<String, String> values, Function<JsonNode, JsonNode> send) {
        while (true) {
            ObjectNode options = Json.MAPPER.createObjectNode();
            values.forEach(options::put);
            wish.set("options", options);
            try {
                return send.apply(wish);
            } catch (ApiClient.Refused refused) {
                JsonNode confirm = refused.problem().path("confirm");
                if (confirm.isObject()) {
                    confirm(refused, confirm, values);
                } else if (refused.problem().has("check") && wish.path("check").asBoolean(true)) {
                    keepAllTheSame(refused, wish);
                } else {
                    throw refused;
                }
            }
        }
    }

    private void confirm(ApiClient.Refused refused, JsonNode confirm, Map<String, String> values) {
        String option = confirm.path("option").asString("");
        String value = confirm.path("value").asString("");
        if (!here.typing()) {
            throw new CliException(
                    refused.exit(),
                    refused.what(),
                    refused.todo() + " When it is right, say it too: '" + option + "=" + value + "'.");
        }
        asking.say(refused.what());
        asking.say("  " + refused.todo());
        if (!asking.yes("Is it right?")) {
            throw new CliException(ExitCode.FAILED, "Nothing was changed.", "");
        }
        values.put(option, value);
    }

    private void keepAllTheSame(ApiClient.Refused refused, ObjectNode wish) {
        if (!here.typing()) {
            throw new CliException(
                    refused.exit(), refused.what(), refused.todo() + " Or keep it as it is with --no-check.");
        }
        asking.say(refused.what());
        asking.say("  " + refused.todo());
        if (!asking.yes("Keep it all the same?")) {
            throw new CliException(ExitCode.FAILED, "Nothing was changed.", "");
        }
        wish.put("check", false);
    }

    private String content(String typed) {
        Path home = Path.of(here.environment().getOrDefault("HOME", "/"));
        Path file = typed.startsWith("~/")
                ? home.resolve(typed.substring(2))
                : here.directory().resolve(typed);
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > MAX_FILE_BYTES) {
                throw new CliException(
                        ExitCode.FAILED, file + " is no file of at most 64 KB.", "Name the file with the value.");
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.FAILED, "Cannot read " + file + ": " + e.getMessage(), "Name a readable text file.", e);
        }
    }

    private Optional<JsonNode> option(String name) {
        return kind.path("options").values().stream()
                .filter(option -> option.path("name").asString("").equals(name))
                .findFirst();
    }

    private List<String> names() {
        return kind.path("options").values().stream()
                .map(option -> option.path("name").asString(""))
                .toList();
    }

    private String kindName() {
        return kind.path("name").asString("");
    }

    private static boolean isFile(JsonNode option) {
        return option.path("type").asString("").equals("file");
    }

    private static boolean isRequired(JsonNode option) {
        return option.path("required").asBoolean(false);
    }
}
