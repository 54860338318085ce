package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import dev.claudevm.cli.chat.Ink;
import java.io.PrintStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code search}: finds what was said, in every workspace, deleted ones too. */
@Command(
        name = "search",
        description =
                "Find what was said, in deleted workspaces too. Each word must be there, or begin a word that is.")
final class SearchCommand implements Verb {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm").withZone(ZoneId.systemDefault());

    @Parameters(
            arity = "1..*",
            paramLabel = "WORD",
            description = "What to look for; 'words \"in quotes\"' stand together.")
    List<String> words = List.of();

    @Option(names = "--workspace", paramLabel = "ID", description = "Only in this workspace.")
    @Nullable
    String workspace;

    @Option(names = "--limit", paramLabel = "N", description = "At most so many (${DEFAULT-VALUE}; 100 at most).")
    int limit = 20;

    @Option(names = "--cursor", paramLabel = "CURSOR", description = "Go on behind a page: its \"next\" in --json.")
    @Nullable
    String cursor;

    private final ClaudeVm root;

    SearchCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        if (limit < 1 || limit > 100) {
            throw new CliException(ExitCode.USAGE, "--limit " + limit + " cannot be.", "Use 1 to 100.");
        }
        try (ApiClient api = root.api()) {
            JsonNode found = api.get("search?q=" + ApiClient.segment(String.join(" ", words)) + "&limit=" + limit
                    + (workspace == null ? "" : "&workspace=" + Ids.workspace(workspace))
                    + (cursor == null ? "" : "&cursor=" + ApiClient.segment(cursor)));
            if (root.json) {
                return new Answer.Lines(found, List.of());
            }
            show(found);
            return new Answer.Said(ExitCode.OK);
        }
    }

    private void show(JsonNode found) {
        PrintStream out = root.surroundings().out();
        boolean terminal = root.surroundings()
                .environment()
                .getOrDefault("CLAUDE_VM_TTY", "")
                .contains("1");
        Ink ink = new Ink(terminal && !root.surroundings().environment().containsKey("NO_COLOR"));
        for (JsonNode hit : found.path("results").values()) {
            out.println(where(hit, ink));
            out.println("  " + who(hit) + snippet(hit, ink));
        }
        if (found.path("results").isEmpty()) {
            out.println("Nothing was found. Fewer words find more.");
        }
        if (found.path("next").isString()) {
            out.println("There is more: --limit N, or more words.");
        }
        if (!found.path("complete").asBoolean(true)) {
            root.surroundings().err().println("Older conversations are still being read: search again in a moment.");
        }
        out.flush();
    }

    private static String where(JsonNode hit, Ink ink) {
        JsonNode workspace = hit.path("workspace");
        String state = workspace.path("state").asString("");
        return ink.dim(time(hit.path("at").asString("")) + "  ")
                + PlainText.line(workspace.path("id").asString(""))
                + (state.equals("running") ? "" : " (" + PlainText.line(state) + ")")
                + "  " + PlainText.line(hit.path("conversation").path("id").asString(""))
                + "  "
                + ink.bold(PlainText.line(hit.path("conversation").path("title").asString("")));
    }

    private static String time(String at) {
        try {
            return TIME.format(Instant.parse(at));
        } catch (DateTimeException e) {
            return PlainText.line(at);
        }
    }

    private static String who(JsonNode hit) {
        String by = PlainText.line(hit.path("by").asString(""));
        return switch (hit.path("kind").asString("")) {
            case "thought" -> by + " thought: ";
            case "tool" -> by + " used: ";
            case "title" -> "";
            default -> by + ": ";
        };
    }

    private static String snippet(JsonNode hit, Ink ink) {
        String text = hit.path("text").asString("");
        StringBuilder line = new StringBuilder(hit.path("cutBefore").asBoolean(false) ? "… " : "");
        int at = 0;
        for (JsonNode range : hit.path("ranges").values()) {
            int from = range.path(0).asInt(-1);
            int to = range.path(1).asInt(-1);
            if (from < at || to <= from || to > text.length()) {
                continue;
            }
            line.append(PlainText.line(text.substring(at, from)));
            line.append(ink.bold(PlainText.line(text.substring(from, to))));
            at = to;
        }
        return line.append(PlainText.line(text.substring(at)))
                .append(hit.path("cutAfter").asBoolean(false) ? " …" : "")
                .toString();
    }
}
