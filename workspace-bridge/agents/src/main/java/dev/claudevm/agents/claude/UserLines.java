package dev.claudevm.agents.claude;

import dev.claudevm.agents.Fact;
import dev.claudevm.agents.claude.ClaudeState.OpenTool;
import dev.claudevm.protocol.EventBody.FileDiff;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Lines in the person's role: results of tools, echoes of messages, what a slash command printed. */
final class UserLines {

    private static final Pattern PRINTED =
            Pattern.compile("(?s)<local-command-(?:stdout|stderr)>(.*)</local-command-(?:stdout|stderr)>");

    private UserLines() {}

    static void read(Reading reading, JsonNode line) {
        JsonNode content = line.path("message").path("content");
        if (line.path("isReplay").asBoolean(false)) {
            echo(reading, line, content);
            return;
        }
        for (JsonNode block : content) {
            if (block.path("type").asString("").equals("tool_result")) {
                result(reading, block, line);
            }
        }
    }

    private static void echo(Reading reading, JsonNode line, JsonNode content) {
        String id = line.path("uuid").asString("");
        Matcher printed = PRINTED.matcher(content.asString(""));
        if (printed.find()) {
            if (!printed.group(1).isBlank()) {
                reading.say(new Fact.TextSaid(id, printed.group(1).strip(), null));
            }
        } else if (!reading.state.turn().lifecycle() && !id.isEmpty()) {
            SystemLines.taken(reading, id);
        }
    }

    private static void result(Reading reading, JsonNode block, JsonNode line) {
        String id = block.path("tool_use_id").asString("");
        OpenTool tool = reading.state.tools().get(id);
        RequestLines.withdrawOf(reading, id);
        if (tool == null) {
            return;
        }
        reading.state = reading.state.withoutTool(id);
        if (!tool.shown()) {
            return;
        }
        boolean ok = !block.path("is_error").asBoolean(false);
        // The structured copy is about the line, so it is only certain when the line has one result.
        JsonNode structured = line.path("message").path("content").size() == 1 ? line.path("tool_use_result") : line;
        List<FileDiff> diffs = ok ? Diffs.of(structured, reading.state.session().workingDirectory()) : List.of();
        String output = output(block, structured);
        reading.say(new Fact.ToolFinished(
                id, ok, output, Figures.of(tool.name(), ok, output, structured, diffs, notRun(line, id)), diffs));
    }

    private static boolean notRun(JsonNode line, String toolId) {
        for (JsonNode meta : line.path("tool_result_meta")) {
            if (meta.path("id").asString("").equals(toolId) && meta.has("non_execution_kind")) {
                return true;
            }
        }
        return false;
    }

    private static String output(JsonNode block, JsonNode structured) {
        // A command in the background has printed nothing yet; what it says instead tells where it will.
        if (structured.path("stdout").isString() && !structured.hasNonNull("backgroundTaskId")) {
            String out = structured.path("stdout").asString("");
            String err = structured.path("stderr").asString("");
            return out.isEmpty() || err.isEmpty() ? out + err : out + "\n" + err;
        }
        JsonNode content = block.path("content");
        if (content.isString()) {
            return content.asString();
        }
        List<String> parts = new ArrayList<>();
        for (JsonNode part : content) {
            String type = part.path("type").asString("");
            parts.add(type.equals("text") ? part.path("text").asString("") : "[" + type + "]");
        }
        return String.join("\n", parts);
    }
}
