package dev.claudevm.agents.demo;

import dev.claudevm.agents.demo.Output.Call;
import dev.claudevm.protocol.Json;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What may be done without asking, and the questions that are open. Used by several threads. */
final class Permissions {

    private static final Set<String> HARMLESS =
            Set.of("ls", "cat", "head", "tail", "pwd", "echo", "sleep", "true", "false", "seq", "wc", "date", "uname");
    private static final Pattern HARMLESS_GIT =
            Pattern.compile("git (?:log|status|diff|show|branch --show-current)\\b.*");
    private static final Pattern SHELL_SYNTAX = Pattern.compile(".*[;&|<>`$(){}\\n].*", Pattern.DOTALL);
    private static final Set<String> EDITS = Set.of("Write", "Edit");
    private static final Set<String> FREE = Set.of("Read", "TodoWrite");

    private final Output out;
    private final Map<String, CompletableFuture<JsonNode>> open = new ConcurrentHashMap<>();
    private final Set<String> rules = ConcurrentHashMap.newKeySet();
    private volatile String mode;

    Permissions(Output out, String mode) {
        this.out = out;
        this.mode = mode;
    }

    String mode() {
        return mode;
    }

    void mode(String changed) {
        if (!changed.equals(mode)) {
            mode = changed;
            out.mode(changed);
        }
    }

    /** The supervisor's answer to one of the open questions. */
    void answered(String requestId, JsonNode response) {
        CompletableFuture<JsonNode> asked = open.remove(requestId);
        if (asked != null) {
            asked.complete(response);
        }
    }

    /** Asks when it must. The input of a person's answer replaces that of the call. */
    Decision decide(Call call, Path folder) throws InterruptedException {
        String tool = call.tool().name();
        JsonNode input = call.tool().input();
        boolean interactive = tool.equals("AskUserQuestion") || tool.equals("ExitPlanMode");
        if (!interactive) {
            if (mode.equals("plan") && !free(tool, input)) {
                return Decision.no("I am in plan mode: I may look, but not change anything.");
            }
            if (mode.equals("bypassPermissions")
                    || free(tool, input)
                    || rules.contains(rule(tool, input))
                    || (EDITS.contains(tool) && mode.equals("acceptEdits"))) {
                return new Decision(null, input);
            }
            if (mode.equals("dontAsk")) {
                return Decision.no("It would have to be asked for, and the mode says not to ask.");
            }
        }
        JsonNode answer = ask(call, folder, interactive);
        if (!answer.path("behavior").asString("").equals("allow")) {
            return Decision.no(answer.path("message").asString("The person did not allow it."));
        }
        for (JsonNode update : answer.path("updatedPermissions")) {
            switch (update.path("type").asString("")) {
                case "setMode" -> mode(update.path("mode").asString(mode));
                case "addRules" ->
                    update.path("rules")
                            .forEach(rule -> rules.add(rule.path("toolName").asString("") + "("
                                    + rule.path("ruleContent").asString("") + ")"));
                default -> {}
            }
        }
        JsonNode updated = answer.path("updatedInput");
        return new Decision(null, updated.isObject() && !updated.isEmpty() ? updated : input);
    }

    /** @param no why not; null: allowed */
    record Decision(@Nullable String no, JsonNode input) {

        static Decision no(String why) {
            return new Decision(why, Json.MAPPER.createObjectNode());
        }
    }

    private JsonNode ask(Call call, Path folder, boolean interactive) throws InterruptedException {
        String requestId = UUID.randomUUID().toString();
        CompletableFuture<JsonNode> asked = new CompletableFuture<>();
        open.put(requestId, asked);
        ObjectNode line = out.typed("control_request").put("request_id", requestId);
        ObjectNode request = line.putObject("request").put("subtype", "can_use_tool");
        String tool = call.tool().name();
        request.put("tool_name", tool).put("display_name", tool);
        request.set("input", shown(tool, call.tool().input(), folder));
        request.put("tool_use_id", call.toolId());
        if (interactive) {
            request.put("requires_user_interaction", true);
        } else if (EDITS.contains(tool)) {
            request.putArray("permission_suggestions")
                    .addObject()
                    .put("type", "setMode")
                    .put("mode", "acceptEdits")
                    .put("destination", "session");
        } else {
            String rule = rule(tool, call.tool().input());
            ObjectNode suggestion = request.putArray("permission_suggestions").addObject();
            suggestion.put("type", "addRules").put("behavior", "allow").put("destination", "session");
            suggestion
                    .putArray("rules")
                    .addObject()
                    .put("toolName", tool)
                    .put("ruleContent", rule.substring(tool.length() + 1, rule.length() - 1));
        }
        out.line(line);
        try {
            return asked.get();
        } catch (InterruptedException interrupted) {
            if (open.remove(requestId) != null) {
                out.line(out.typed("control_cancel_request").put("request_id", requestId));
            }
            throw interrupted;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static JsonNode shown(String tool, JsonNode input, Path folder) {
        if (EDITS.contains(tool) && input instanceof ObjectNode edit) {
            return edit.deepCopy()
                    .put(
                            "file_path",
                            folder.resolve(input.path("file_path").asString("")).toString());
        }
        return tool.equals("ExitPlanMode") ? Json.MAPPER.createObjectNode() : input;
    }

    private static boolean free(String tool, JsonNode input) {
        if (!tool.equals("Bash")) {
            return FREE.contains(tool);
        }
        String command = input.path("command").asString("").strip();
        return !SHELL_SYNTAX.matcher(command).matches()
                && (HARMLESS.contains(command.split("\\s", 2)[0])
                        || HARMLESS_GIT.matcher(command).matches());
    }

    /** The same command with other arguments needs another rule, as with Claude Code. */
    private static String rule(String tool, JsonNode input) {
        return tool + "(" + input.path("command").asString("") + ")";
    }
}
