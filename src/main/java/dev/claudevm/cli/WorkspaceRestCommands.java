package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import dev.claudevm.protocol.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** When a workspace stops by itself. */
final class WorkspaceRestCommands {

    private static final Pattern TIME = Pattern.compile("(\\d{1,5})([mhd])");

    private WorkspaceRestCommands() {}

    private static Duration time(String text) {
        Matcher matcher = TIME.matcher(text);
        if (!matcher.matches()) {
            throw new CliException(
                    ExitCode.USAGE, "\"" + text + "\" is no time.", "Say minutes, hours or days: 30m, 2h, 1d.");
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }

    private static Answer said(JsonNode workspace) {
        JsonNode idle = workspace.path("idle");
        long seconds = idle.path("afterSeconds").asLong(0);
        String id = workspace.path("id").asString("");
        String first = seconds == 0
                ? "Workspace " + id + " never stops by itself."
                : "Workspace " + id + " stops when nobody has needed it for " + words(Duration.ofSeconds(seconds))
                        + ".";
        String until = idle.path("keepAwakeUntil").asString("");
        return new Answer.Lines(
                workspace, until.isEmpty() ? List.of(first) : List.of(first, "It is kept awake until " + until + "."));
    }

    private static String words(Duration time) {
        if (time.toSeconds() < 60) {
            return time.toSeconds() + " s";
        }
        return time.toMinutes() % 60 == 0 ? time.toHours() + " h" : time.toMinutes() + " min";
    }

    /** {@code workspace idle}. */
    @Command(name = "idle", description = "Say after how long without use a workspace stops by itself.")
    static final class Idle implements Verb {

        @Parameters(index = "0", paramLabel = "WORKSPACE", description = "Its id.")
        String id = "";

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "TIME",
                description =
                        "30m, 2h, never, or default (what its project, or else the server, says). Without it: shows it.")
        @Nullable
        String time;

        @Option(names = "--project", description = "For all workspaces of its project that have nothing of their own.")
        boolean project;

        private final ClaudeVm root;

        Idle(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            try (ApiClient api = root.api()) {
                String path = "workspaces/" + Ids.workspace(id);
                String wanted = time;
                if (wanted == null) {
                    return said(api.get(path));
                }
                ObjectNode wish = Json.MAPPER.createObjectNode().put("project", project);
                switch (wanted) {
                    case "default" -> wish.putNull("minutes");
                    case "never" -> wish.put("minutes", 0);
                    default -> wish.put("minutes", time(wanted).toMinutes());
                }
                return said(api.call("PUT", path + "/idle", wish));
            }
        }
    }

    /** {@code workspace keep-awake}. */
    @Command(name = "keep-awake", description = "Keep a workspace from stopping by itself for a while.")
    static final class KeepAwake implements Verb {

        @Parameters(index = "0", paramLabel = "WORKSPACE", description = "Its id.")
        String id = "";

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "TIME",
                description = "For how long: 30m, 8h, 2d; off: not any longer. Without it: 8h.")
        String time = "8h";

        private final ClaudeVm root;

        KeepAwake(ClaudeVm root) {
            this.root = root;
        }

        @Override
        public Answer run() {
            try (ApiClient api = root.api()) {
                ObjectNode wish = Json.MAPPER.createObjectNode();
                if (time.equals("off")) {
                    wish.putNull("until");
                } else {
                    wish.put(
                            "until",
                            Instant.now()
                                    .plus(time(time))
                                    .truncatedTo(ChronoUnit.SECONDS)
                                    .toString());
                }
                return said(api.call("PUT", "workspaces/" + Ids.workspace(id) + "/keep-awake", wish));
            }
        }
    }
}
