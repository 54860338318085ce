package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Lets somebody at a terminal choose a conversation, or begin one. */
final class Picker {

    /** So many are named in an error. */
    private static final int NAMED = 3;

    private record Choice(String workspace, String project, JsonNode conversation) {}

    private final ApiClient api;
    private final Surroundings here;
    private final BufferedReader in;

    Picker(ApiClient api, Surroundings here) {
        this.api = api;
        this.here = here;
        this.in = new BufferedReader(new InputStreamReader(here.in(), StandardCharsets.UTF_8));
    }

    /**
     * For who cannot be asked.
     *
     * @param workspace null: out of all
     * @return the one conversation that there is
     */
    String only(@Nullable String workspace) {
        List<Choice> choices = choices(workspaces(workspace));
        if (choices.isEmpty()) {
            throw new CliException(
                    ExitCode.NOT_FOUND,
                    "There is no conversation yet.",
                    "Begin one: claude-vm new-chat " + (workspace == null ? "WORKSPACE" : workspace));
        }
        if (choices.size() > 1) {
            throw new CliException(
                    ExitCode.USAGE,
                    "There are " + choices.size() + " conversations, and nobody here to pick one.",
                    "Say which: "
                            + choices.stream()
                                    .limit(NAMED)
                                    .map(choice -> "claude-vm chat -c " + id(choice))
                                    .collect(Collectors.joining(", or ")));
        }
        return id(choices.getFirst());
    }

    /** @param workspace null: out of all */
    String pick(@Nullable String workspace) {
        List<Workspace> workspaces = workspaces(workspace);
        List<Choice> choices = choices(workspaces);
        for (int i = 0; i < choices.size(); i++) {
            Choice choice = choices.get(i);
            String title = choice.conversation().path("title").asString("");
            say("%3d  %s  %s  %s"
                    .formatted(
                            i + 1,
                            choice.workspace(),
                            choice.conversation().path("agent").asString(""),
                            title.isBlank() ? "(no title)" : title));
        }
        for (int i = 0; i < workspaces.size(); i++) {
            say("%3s  %s  a new conversation"
                    .formatted("n" + (i + 1), workspaces.get(i).id()));
        }
        return chosen(choices, workspaces);
    }

    private List<Workspace> workspaces(@Nullable String workspace) {
        List<Workspace> workspaces = workspace == null
                ? api.get("workspaces").path("workspaces").values().stream()
                        .map(Workspace::of)
                        .filter(found -> !"deleted".equals(found.state()))
                        .toList()
                : List.of(Workspace.of(api.get("workspaces/" + Ids.workspace(workspace))));
        if (workspaces.isEmpty()) {
            throw new CliException(
                    ExitCode.NOT_FOUND, "There is no workspace yet.", "Make one with `claude-vm workspace up .`");
        }
        return workspaces;
    }

    private List<Choice> choices(List<Workspace> workspaces) {
        List<Choice> choices = new ArrayList<>();
        for (Workspace one : workspaces) {
            api.get("workspaces/" + Ids.workspace(one.id()) + "/conversations")
                    .path("conversations")
                    .values()
                    .forEach(conversation -> choices.add(new Choice(one.id(), one.project(), conversation)));
        }
        return choices;
    }

    private static String id(Choice choice) {
        return choice.conversation().path("id").asString("");
    }

    private String chosen(List<Choice> choices, List<Workspace> workspaces) {
        while (true) {
            here.err().print("Which? ");
            here.err().flush();
            String line = read();
            boolean fresh = line.startsWith("n");
            String digits = fresh ? line.substring(1).strip() : line;
            int number = digits.isEmpty() ? 1 : digits.matches("\\d{1,6}") ? Integer.parseInt(digits) : 0;
            if (fresh && number >= 1 && number <= workspaces.size()) {
                return NewChatCommand.create(api, workspaces.get(number - 1).id(), null, null, null)
                        .path("id")
                        .asString("");
            }
            if (!fresh && !line.isEmpty() && number >= 1 && number <= choices.size()) {
                return id(choices.get(number - 1));
            }
            say("Say a number of the list" + (choices.isEmpty() ? ", for example n1." : "."));
        }
    }

    private String read() {
        try {
            String line = in.readLine();
            if (line == null) {
                throw new CliException(ExitCode.FAILED, "Nothing was chosen.", "");
            }
            return line.strip();
        } catch (IOException e) {
            throw new CliException(ExitCode.FAILED, "Cannot read from the terminal.", "", e);
        }
    }

    private void say(String line) {
        here.err().println(PlainText.line(line));
    }
}
