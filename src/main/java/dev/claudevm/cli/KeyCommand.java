package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Groups what is done with keys for SSH. */
@Command(name = "key", description = "Public keys that open your workspaces by SSH.")
final class KeyCommand {

    static Map<String, Class<?>> commands() {
        Map<String, Class<?>> commands = new LinkedHashMap<>();
        commands.put("add", Add.class);
        commands.put("list", Show.class);
        commands.put("delete", Delete.class);
        return commands;
    }

    private static List<String> lines(JsonNode keys, String what) {
        return keys.path("keys").values().stream()
                .map(key -> what + " " + key.path("fingerprint").asString("") + " ("
                        + key.path("name").asString("") + ").")
                .toList();
    }

    /** {@code key add}. */
    @Command(name = "add", description = "Let a public key in.")
    static final class Add implements Verb {

        private static final List<String> USUAL = List.of("id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub");
        private static final long MAX_BYTES = 64 * 1024;

        @Parameters(
                arity = "0..1",
                paramLabel = "FILE|URL",
                description = "A .pub file, - for the standard input, or https://github.com/your-name.keys;"
                        + " without it, the usual key in ~/.ssh.")
        @Nullable
        String source;

        @Option(names = "--name", paramLabel = "NAME", description = "What to call it.")
        @Nullable
        String name;

        private final ClaudeVm root;

        Add(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            ObjectNode wish = Json.MAPPER.createObjectNode();
            if (source != null && source.contains("://")) {
                wish.put("url", source);
            } else {
                wish.put("key", text());
                if (name != null) {
                    wish.put("name", name);
                }
            }
            try (ApiClient api = root.api()) {
                JsonNode added = api.post("ssh-keys", wish);
                List<String> lines = new ArrayList<>(lines(added, "May come in:"));
                lines.add("`claude-vm config-ssh` tells ssh where to.");
                return new Answer.Lines(added, lines);
            }
        }

        private String text() {
            Surroundings here = root.surroundings();
            try {
                if ("-".equals(source)) {
                    return new String(here.in().readNBytes((int) MAX_BYTES), StandardCharsets.UTF_8);
                }
                Path file = source != null ? here.directory().resolve(source) : usual(here);
                if (!Files.isRegularFile(file) || Files.size(file) > MAX_BYTES) {
                    throw new CliException(ExitCode.FAILED, file + " is no file with a key.", "Name the .pub file.");
                }
                return Files.readString(file);
            } catch (IOException e) {
                throw new CliException(
                        ExitCode.FAILED, "Cannot read the key: " + e.getMessage(), "Name the .pub file.", e);
            }
        }

        private static Path usual(Surroundings here) {
            Path folder = Path.of(here.environment().getOrDefault("HOME", System.getProperty("user.home")), ".ssh");
            return USUAL.stream()
                    .map(folder::resolve)
                    .filter(Files::isRegularFile)
                    .findFirst()
                    .orElseThrow(() -> new CliException(
                            ExitCode.FAILED,
                            "There is no key in " + folder + ".",
                            "Make one with `ssh-keygen -t ed25519`; or use `claude-vm ssh`, which has its own."));
        }
    }

    /** {@code key list}. */
    @Command(name = "list", description = "List your keys.")
    static final class Show implements Verb {

        private final ClaudeVm root;

        Show(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            try (ApiClient api = root.api()) {
                JsonNode keys = api.get("ssh-keys");
                return new Answer.Table(
                        keys,
                        List.of("NAME", "TYPE", "FINGERPRINT", "ADDED", "USED"),
                        keys.path("keys").values().stream().map(Show::row).toList(),
                        "No keys yet. Add one with `claude-vm key add`.");
            }
        }

        private static List<String> row(JsonNode key) {
            return List.of(
                    key.path("name").asString(""),
                    key.path("type").asString(""),
                    key.path("fingerprint").asString(""),
                    second(key.path("createdAt").asString("")),
                    second(key.path("lastUsedAt").asString("never")));
        }

        private static String second(String time) {
            return time.replaceFirst("\\.\\d+Z$", "Z");
        }
    }

    /** {@code key delete}. */
    @Command(name = "delete", description = "Let a key in no more; connections that came with it are cut.")
    static final class Delete implements Verb {

        @Parameters(paramLabel = "KEY", description = "Its fingerprint, name or id.")
        String key = "";

        private final ClaudeVm root;

        Delete(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            try (ApiClient api = root.api()) {
                List<JsonNode> meant = api.get("ssh-keys").path("keys").values().stream()
                        .filter(each -> List.of("id", "fingerprint", "name").stream()
                                .anyMatch(field -> each.path(field).asString("").equals(key)))
                        .toList();
                if (meant.isEmpty()) {
                    throw new CliException(
                            ExitCode.NOT_FOUND, "There is no key \"" + key + "\".", "See `claude-vm key list`.");
                }
                if (meant.size() > 1) {
                    throw new CliException(
                            ExitCode.USAGE, "More than one key has that name.", "Name it by its fingerprint.");
                }
                JsonNode gone = meant.getFirst();
                api.delete("ssh-keys/" + gone.path("id").asString(""));
                return new Answer.Lines(
                        gone, List.of("Deleted " + gone.path("fingerprint").asString("") + "."));
            }
        }
    }
}
