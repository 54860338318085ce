package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import dev.claudevm.cli.chat.DiffInk;
import dev.claudevm.cli.chat.Ink;
import dev.claudevm.cli.chat.TurnDiff;
import dev.claudevm.protocol.Json;
import java.io.PrintStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code diff}: what a turn, or a whole conversation, changed. */
@Command(
        name = "diff",
        description = {
            "Show what the last turn changed, as git does; also files that git does not track.",
            "Into `git apply`, and with -R away again."
        })
final class DiffCommand implements Verb {

    @Parameters(index = "0", paramLabel = "CONVERSATION", description = "Its id.")
    String id = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "PATH", description = "This file only.")
    @Nullable
    String path;

    @Option(names = "--turn", paramLabel = "N", description = "The Nth turn that changed files, instead of the last.")
    int turn;

    @Option(names = "--all", description = "Everything since the conversation began.")
    boolean all;

    @Option(names = "--stat", description = "The files and how many lines, not the lines.")
    boolean stat;

    private final ClaudeVm root;

    DiffCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        if (turn < 0 || all && turn > 0) {
            throw new CliException(
                    ExitCode.USAGE, "--turn takes a number from 1 on, and not together with --all.", "See --help.");
        }
        try (ApiClient api = root.api()) {
            TurnDiff diff = TurnDiff.of(api, Ids.conversation(id), all ? null : (Integer) turn);
            List<JsonNode> files = path == null
                    ? diff.files()
                    : List.of(diff.file(path)
                            .orElseThrow(() -> new CliException(
                                    ExitCode.NOT_FOUND,
                                    "\"" + path + "\" was not changed by " + diff.what() + ".",
                                    "See --stat for what was.")));
            if (stat || root.json) {
                return list(files);
            }
            print(diff, files);
            return new Answer.Said(ExitCode.OK);
        }
    }

    private static Answer list(List<JsonNode> files) {
        ObjectNode json = Json.MAPPER.createObjectNode();
        json.putArray("files").addAll(files);
        return new Answer.Table(
                json,
                List.of("", "LINES", "PATH"),
                files.stream()
                        .map(file -> List.of(
                                file.path("status").asString(""),
                                file.path("binary").asBoolean(false)
                                        ? "binary"
                                        : "+" + file.path("additions").asLong(0) + " -"
                                                + file.path("deletions").asLong(0),
                                file.path("path").asString("")))
                        .toList(),
                "Nothing has changed.");
    }

    private void print(TurnDiff diff, List<JsonNode> files) {
        Surroundings here = root.surroundings();
        PrintStream out = here.out();
        boolean terminal = here.typing();
        DiffInk ink = new DiffInk(new Ink(terminal && !here.environment().containsKey("NO_COLOR")));
        for (JsonNode file : files) {
            // A pipe gets each byte; a terminal must not take orders from a file.
            diff.lines(file, line -> out.print((terminal ? ink.line(line) : line) + "\n"));
        }
        out.flush();
    }
}
