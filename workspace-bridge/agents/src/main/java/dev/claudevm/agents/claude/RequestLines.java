package dev.claudevm.agents.claude;

import dev.claudevm.agents.Fact;
import dev.claudevm.agents.claude.ClaudeState.OpenRequest;
import dev.claudevm.agents.claude.ClaudeState.OpenTool;
import dev.claudevm.protocol.EventBody.ApprovalOption;
import dev.claudevm.protocol.EventBody.QuestionItem;
import dev.claudevm.protocol.EventBody.QuestionOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What Claude asks, and the answers to what we asked. */
final class RequestLines {

    private RequestLines() {}

    static void asked(Reading reading, JsonNode line) {
        JsonNode request = line.path("request");
        String id = line.path("request_id").asString("");
        if (!request.path("subtype").asString("").equals("can_use_tool")
                || id.isEmpty()
                || reading.state.requests().containsKey(id)) {
            return;
        }
        String tool = request.path("tool_name").asString("");
        String toolId = Reading.text(request, "tool_use_id");
        JsonNode input = request.path("input");
        if (tool.equals("AskUserQuestion")) {
            reading.state = reading.state.withRequest(id, new OpenRequest(tool, input, List.of(), toolId));
            reading.say(new Fact.QuestionAsked(id, questions(input), toolId));
            return;
        }
        List<JsonNode> suggestions = suggestions(request);
        reading.state = reading.state.withRequest(id, new OpenRequest(tool, input, suggestions, toolId));
        JsonNode shown = tool.equals("ExitPlanMode") ? plan(reading, input, toolId) : input;
        String title = Titles.of(tool, shown, reading.state.session().workingDirectory());
        reading.say(new Fact.ApprovalAsked(id, tool, title, shown, options(suggestions), toolId));
    }

    /** The request's own input can be empty: the plan is in the call. */
    private static JsonNode plan(Reading reading, JsonNode input, @Nullable String toolId) {
        OpenTool call = toolId == null ? null : reading.state.tools().get(toolId);
        String plan = Reading.text(input, "plan");
        if (plan == null && call != null) {
            plan = Reading.text(call.input(), "plan");
        }
        ObjectNode shown = dev.claudevm.protocol.Json.MAPPER.createObjectNode();
        return shown.put("plan", plan == null ? "" : plan);
    }

    /** Rules rather than a change of mode: "always" is about this, not about everything. */
    private static List<JsonNode> suggestions(JsonNode request) {
        if (request.path("suppress_always_allow_rule").asBoolean(false)
                || request.path("requires_user_interaction").asBoolean(false)) {
            return List.of();
        }
        List<JsonNode> all = new ArrayList<>();
        request.path("permission_suggestions").forEach(all::add);
        List<JsonNode> narrow = all.stream()
                .filter(suggestion -> !type(suggestion).equals("setMode"))
                .toList();
        return narrow.stream().anyMatch(suggestion -> type(suggestion).equals("addRules")) ? narrow : all;
    }

    private static List<ApprovalOption> options(List<JsonNode> suggestions) {
        List<ApprovalOption> options = new ArrayList<>();
        options.add(new ApprovalOption("allow", "Allow", null));
        if (!suggestions.isEmpty()) {
            String detail = suggestions.stream()
                    .map(RequestLines::words)
                    .filter(words -> !words.isEmpty())
                    .collect(Collectors.joining(", "));
            options.add(new ApprovalOption("always", "Always allow", detail.isEmpty() ? null : detail));
        }
        options.add(new ApprovalOption("deny", "Deny", null));
        return options;
    }

    private static String words(JsonNode suggestion) {
        List<String> words = new ArrayList<>();
        switch (type(suggestion)) {
            case "addRules", "replaceRules" -> {
                for (JsonNode rule : suggestion.path("rules")) {
                    String content = Reading.text(rule, "ruleContent");
                    words.add(rule.path("toolName").asString("") + (content == null ? "" : "(" + content + ")"));
                }
            }
            case "addDirectories" ->
                suggestion.path("directories").forEach(folder -> words.add("files in " + folder.asString("")));
            case "setMode" -> {
                String mode = suggestion.path("mode").asString("");
                words.add(mode.equals("acceptEdits") ? "edit files without asking" : "mode " + mode);
            }
            default -> {}
        }
        return String.join(", ", words);
    }

    private static String type(JsonNode suggestion) {
        return suggestion.path("type").asString("");
    }

    private static List<QuestionItem> questions(JsonNode input) {
        List<QuestionItem> items = new ArrayList<>();
        for (JsonNode question : input.path("questions")) {
            List<QuestionOption> options = new ArrayList<>();
            for (JsonNode option : question.path("options")) {
                options.add(new QuestionOption(option.path("label").asString(""), Reading.text(option, "description")));
            }
            items.add(new QuestionItem(
                    question.path("question").asString(""),
                    question.path("header").asString(""),
                    question.path("multiSelect").asBoolean(false),
                    options));
        }
        return items;
    }

    /** Claude took it back, or it makes no sense any more. */
    static void withdraw(Reading reading, String requestId) {
        if (reading.state.requests().containsKey(requestId)) {
            reading.state = reading.state.withoutRequest(requestId);
            reading.say(new Fact.RequestWithdrawn(requestId));
        }
    }

    /** A tool that has its result needs no answer. */
    static void withdrawOf(Reading reading, String toolId) {
        reading.state.requests().forEach((id, request) -> {
            if (toolId.equals(request.toolId())) {
                withdraw(reading, id);
            }
        });
    }

    /** Answers to our requests, and the echo of our answers to Claude's. */
    static void answered(Reading reading, JsonNode response) {
        String id = response.path("request_id").asString("");
        if (reading.state.requests().containsKey(id)) {
            reading.state = reading.state.withoutRequest(id);
            return;
        }
        if (response.path("subtype").asString("").equals("error")) {
            String error = response.path("error").asString("");
            reading.say(new Fact.Noticed(error.isEmpty() ? "The agent refused a request." : error));
            return;
        }
        JsonNode answer = response.path("response");
        if (answer.path("commands").isArray()) {
            SystemLines.greeted(reading, answer);
        } else if (answer.path("mode").isString()) {
            SystemLines.mode(reading, answer.path("mode").asString(""));
        }
    }
}
