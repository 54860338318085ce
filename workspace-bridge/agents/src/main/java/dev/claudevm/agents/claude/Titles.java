package dev.claudevm.agents.claude;

import tools.jackson.databind.JsonNode;

/** One line for people about a tool call. */
final class Titles {

    private static final int LONGEST = 200;

    private Titles() {}

    static String of(String tool, JsonNode input, String workingDirectory) {
        String title = switch (tool) {
            case "Bash" -> input.path("command").asString("");
            case "Read", "Edit", "Write", "MultiEdit" ->
                Diffs.relative(input.path("file_path").asString(""), workingDirectory);
            case "NotebookEdit" -> Diffs.relative(input.path("notebook_path").asString(""), workingDirectory);
            case "Grep", "Glob" -> input.path("pattern").asString("");
            case "WebFetch" -> input.path("url").asString("");
            case "WebSearch", "ToolSearch" -> input.path("query").asString("");
            case "Skill" -> input.path("skill").asString("");
            case "AskUserQuestion" ->
                input.path("questions").path(0).path("question").asString("");
            case "ExitPlanMode" -> "Plan";
            default -> input.path("description").asString("");
        };
        return oneLine(title.isBlank() ? readable(tool) : title);
    }

    /** {@code mcp__server__tool} is how Claude names tools of MCP servers. */
    private static String readable(String tool) {
        String[] parts = tool.split("__", 3);
        return parts.length == 3 && parts[0].equals("mcp") ? parts[1] + ": " + parts[2] : tool;
    }

    private static String oneLine(String text) {
        String stripped = text.strip();
        int end = stripped.indexOf('\n');
        String first = end < 0 ? stripped : stripped.substring(0, end).stripTrailing() + " …";
        if (first.length() <= LONGEST) {
            return first;
        }
        int cut = Character.isHighSurrogate(first.charAt(LONGEST - 1)) ? LONGEST - 1 : LONGEST;
        return first.substring(0, cut) + " …";
    }
}
