package dev.claudevm.agents.claude;

import dev.claudevm.agents.Adapter;
import dev.claudevm.agents.AgentCapabilities;
import dev.claudevm.agents.AgentCapabilities.Mode;
import dev.claudevm.agents.AgentState;
import dev.claudevm.agents.Fact;
import dev.claudevm.protocol.EventBody.Attachment;
import dev.claudevm.protocol.EventBody.Decision;
import dev.claudevm.protocol.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Claude Code, and whatever speaks as it does: the demo agent. */
public final class ClaudeAdapter implements Adapter {

    public static final String PROTOCOL = "claude-stream-json";

    private static final AgentCapabilities CAPABILITIES = new AgentCapabilities(
            true,
            true,
            true,
            List.of(
                    new Mode("default", "Ask me"),
                    new Mode("plan", "Plan first"),
                    new Mode("acceptEdits", "Edit files without asking"),
                    new Mode("auto", "Let it judge what to ask"),
                    new Mode("dontAsk", "Refuse instead of asking"),
                    new Mode("bypassPermissions", "Never ask")));

    @Override
    public String protocol() {
        return PROTOCOL;
    }

    @Override
    public AgentCapabilities capabilities() {
        return CAPABILITIES;
    }

    @Override
    public List<String> commandLine(List<String> command, Launch launch) {
        List<String> line = new ArrayList<>(command);
        line.addAll(List.of("-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"));
        line.addAll(List.of("--include-partial-messages", "--replay-user-messages"));
        line.addAll(List.of("--permission-prompt-tool", "stdio"));
        String mode = launch.mode();
        if (mode != null) {
            // The command line and the events have different names for the same mode.
            line.addAll(List.of("--permission-mode", mode.equals("default") ? "manual" : mode));
        }
        line.addAll(List.of(launch.resume() ? "--resume" : "--session-id", launch.sessionId()));
        return List.copyOf(line);
    }

    /** The list of things to do is off by default for newer models; people at a phone want to see it. */
    @Override
    public Map<String, String> environment(Launch launch) {
        return Map.of(
                "CLAUDE_CODE_ENABLE_TODO_TOOLS", "1",
                "CLAUDE_CODE_ENABLE_TASKS", "0",
                "DISABLE_AUTOUPDATER", "1");
    }

    @Override
    public AgentState begin(Launch launch) {
        return ClaudeState.begin(launch.workingDirectory());
    }

    @Override
    public List<String> greeting() {
        return List.of(Sayings.request("greeting", "initialize").toString());
    }

    @Override
    public Step on(AgentState state, String line) {
        Reading reading = new Reading((ClaudeState) state);
        try {
            JsonNode json = Json.MAPPER.readTree(line);
            if (json != null && json.isObject()) {
                read(reading, json);
            }
            return reading.step();
        } catch (RuntimeException notUnderstood) {
            // Lines of a future version, of a library that prints to stdout, or cut ones: they say nothing to us.
            return new Step(state, List.of());
        }
    }

    private static void read(Reading reading, JsonNode line) {
        switch (line.path("type").asString("")) {
            case "stream_event" -> MessageLines.streamed(reading, line);
            case "assistant" -> MessageLines.finished(reading, line);
            case "user" -> UserLines.read(reading, line);
            case "system" -> SystemLines.read(reading, line);
            case "command_lifecycle" -> SystemLines.lifecycle(reading, line);
            case "rate_limit_event" -> SystemLines.rateLimit(reading, line);
            case "control_request" -> RequestLines.asked(reading, line);
            case "control_cancel_request" ->
                RequestLines.withdraw(reading, line.path("request_id").asString(""));
            case "control_response" -> RequestLines.answered(reading, line.path("response"));
            case "result" -> ResultLines.read(reading, line);
            default -> {}
        }
    }

    @Override
    public List<Fact> ended(AgentState state) {
        Reading reading = new Reading((ClaudeState) state);
        ResultLines.close(reading, false);
        return reading.step().facts();
    }

    @Override
    public List<String> say(String messageId, String text, List<Attachment> attachments, boolean now) {
        return List.of(Sayings.message(messageId, text, attachments).toString());
    }

    @Override
    public List<String> answerApproval(
            AgentState state, String requestId, Decision decision, @Nullable String message) {
        ClaudeState.OpenRequest request = ((ClaudeState) state).requests().get(requestId);
        return request == null
                ? List.of()
                : List.of(
                        Sayings.decision(requestId, request, decision, message).toString());
    }

    @Override
    public List<String> answerQuestion(AgentState state, String requestId, Map<String, String> answers) {
        ClaudeState.OpenRequest request = ((ClaudeState) state).requests().get(requestId);
        return request == null
                ? List.of()
                : List.of(Sayings.answers(requestId, request, answers).toString());
    }

    /** Takes back messages that were said to the turn and not taken yet: the bridge puts them into its queue again. */
    @Override
    public List<String> interrupt(String commandId) {
        return List.of(Sayings.interrupt(commandId).toString());
    }

    @Override
    public List<String> setMode(String commandId, String mode) {
        return List.of(Sayings.mode(commandId, mode).toString());
    }
}
