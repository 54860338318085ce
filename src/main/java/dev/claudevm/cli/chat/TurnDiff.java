package dev.claudevm.cli.chat;

import dev.claudevm.cli.PlainText;
import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a conversation's turns changed, between two checkpoints: as git's unified diff, which {@code git apply} and pagers
 * take, or as a list of files. Calls the server; blocks.
 */
public final class TurnDiff {

    private static final int PAGE = 500;

    private final ApiClient api;
    private final String workspace;
    private final String from;
    private final String to;
    private final String what;

    private TurnDiff(ApiClient api, String workspace, String from, String to, String what) {
        this.api = api;
        this.workspace = workspace;
        this.from = from;
        this.to = to;
        this.what = what;
    }

    /**
     * @param segment the conversation's id, made safe for a path
     * @param turn 1 is the first of those that changed something; 0: the last of them; null: all, up to what is there now
     * @throws CliException when there is no such turn
     */
    public static TurnDiff of(ApiClient api, String segment, @Nullable Integer turn) {
        String workspace = ApiClient.segment(
                api.get("conversations/" + segment).path("workspace").path("id").asString(""));
        List<JsonNode> taken =
                api.get("conversations/" + segment + "/checkpoints").path("checkpoints").values().stream()
                        .toList();
        if (turn == null) {
            JsonNode first = taken.stream()
                    .findFirst()
                    .orElseThrow(() -> none("No checkpoint was taken in this conversation yet."));
            return new TurnDiff(api, workspace, id(first), "now", "since the conversation began");
        }
        List<JsonNode> turns = taken.stream()
                .filter(checkpoint -> checkpoint.path("why").asString("").equals("turn")
                        && checkpoint.path("since").isString()
                        && checkpoint.path("files").asLong(0) > 0)
                .toList();
        if (turns.isEmpty()) {
            throw none("No turn of this conversation has changed a file yet.");
        }
        int number = turn == 0 ? turns.size() : turn;
        if (number > turns.size()) {
            throw none("Only " + turns.size() + " turns of this conversation have changed files.");
        }
        JsonNode chosen = turns.get(number - 1);
        return new TurnDiff(
                api,
                workspace,
                chosen.path("since").asString(""),
                id(chosen),
                "turn " + number + " of " + turns.size() + " that changed files");
    }

    private static String id(JsonNode checkpoint) {
        return checkpoint.path("checkpointId").asString("");
    }

    private static CliException none(String what) {
        return new CliException(ExitCode.NOT_FOUND, what, "See `claude-vm logs`.");
    }

    /** @return for people: which turn it is */
    public String what() {
        return what;
    }

    /** @return how many files the server says have changed, and each of them, as it describes them */
    public List<JsonNode> files() {
        List<JsonNode> files = new ArrayList<>();
        String after = "";
        String until = to;
        while (true) {
            JsonNode page = api.get("workspaces/" + workspace + "/checkpoints/" + ApiClient.segment(from)
                    + "/changes?to=" + ApiClient.segment(until) + "&limit=" + PAGE
                    + (after.isEmpty() ? "" : "&after=" + ApiClient.segment(after)));
            page.path("files").values().forEach(files::add);
            if (!page.path("more").asBoolean(false) || page.path("files").isEmpty()) {
                return files;
            }
            // "now" is looked at once; its other pages are of that same state.
            until = page.path("to").asString(until);
            after = files.getLast().path("path").asString("");
        }
    }

    /** @param path as the server writes it; empty when it is not among the changed ones */
    public Optional<JsonNode> file(String path) {
        return files().stream()
                .filter(file -> file.path("path").asString("").equals(path))
                .findFirst();
    }

    /** @param line gets each line of the file's diff, without its end; as it is, control characters too */
    public void lines(JsonNode file, Consumer<String> line) {
        String path = file.path("path").asString("");
        JsonNode diff = api.get("workspaces/" + workspace + "/checkpoints/" + ApiClient.segment(from)
                + "/diff?whole=true&to=" + ApiClient.segment(to) + "&path=" + ApiClient.segment(path));
        String before = GitPath.quoted("a/", path);
        String after = GitPath.quoted("b/", path);
        line.accept("diff --git " + before + " " + after);
        String oldMode = mode(diff.path("oldMode"));
        String mode = mode(diff.path("mode"));
        if (oldMode.isEmpty()) {
            line.accept("new file mode " + mode);
        } else if (mode.isEmpty()) {
            line.accept("deleted file mode " + oldMode);
        } else if (!mode.equals(oldMode)) {
            line.accept("old mode " + oldMode);
            line.accept("new mode " + mode);
        }
        if (diff.path("binary").asBoolean(false)) {
            line.accept("Binary files " + (oldMode.isEmpty() ? "/dev/null" : before) + " and "
                    + (mode.isEmpty() ? "/dev/null" : after) + " differ");
            return;
        }
        String unified = diff.path("unified").asString("");
        if (unified.isEmpty()) {
            return;
        }
        line.accept("--- " + (oldMode.isEmpty() ? "/dev/null" : before));
        line.accept("+++ " + (mode.isEmpty() ? "/dev/null" : after));
        String body = unified.endsWith("\n") ? unified.substring(0, unified.length() - 1) : unified;
        // Not String.lines(): a carriage return belongs to the file.
        List.of(body.split("\n", -1)).forEach(line);
        if (diff.path("truncated").asBoolean(false)) {
            throw new CliException(
                    ExitCode.FAILED,
                    "The changes of " + PlainText.line(path) + " are larger than 16 MB and were cut off.",
                    "Look at the file itself in the workspace.");
        }
    }

    /** @return {@code M  +3 −1  path}, for people */
    static String summary(JsonNode file) {
        String figures = file.path("binary").asBoolean(false)
                ? "binary"
                : "+" + file.path("additions").asLong(0) + " −"
                        + file.path("deletions").asLong(0);
        return file.path("status").asString("M") + "  " + figures + "  "
                + PlainText.line(file.path("path").asString(""));
    }

    /** git's modes: a type before the permissions, of which it knows two. */
    private static String mode(JsonNode octal) {
        String mode = octal.asString("");
        if (mode.isEmpty() || mode.length() > 4) {
            return mode;
        }
        return (Integer.parseInt(mode, 8) & 0100) == 0 ? "100644" : "100755";
    }
}
