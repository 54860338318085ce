package dev.claudevm.bridge;

import dev.claudevm.agents.Adapter;
import dev.claudevm.agents.AgentCapabilities;
import dev.claudevm.agents.AgentState;
import dev.claudevm.agents.Fact;
import dev.claudevm.protocol.EventBody.ApprovalOption;
import dev.claudevm.protocol.EventBody.Attachment;
import dev.claudevm.protocol.EventBody.Decision;
import dev.claudevm.protocol.EventBody.Outcome;
import dev.claudevm.protocol.EventBody.QuestionItem;
import dev.claudevm.protocol.EventBody.QuestionOption;
import dev.claudevm.protocol.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Speaks with {@code script-agent.sh}: words separated by tabs. */
final class ScriptAdapter implements Adapter {

    /** @param written the text of the message that is being written so far */
    record Memory(String written) implements AgentState {}

    @Override
    public String protocol() {
        return "script";
    }

    @Override
    public AgentCapabilities capabilities() {
        return new AgentCapabilities(
                true,
                true,
                true,
                List.of(new AgentCapabilities.Mode("ask", "Ask me"), new AgentCapabilities.Mode("free", "Free")));
    }

    @Override
    public List<String> commandLine(List<String> command, Launch launch) {
        List<String> line = new ArrayList<>(command);
        line.addAll(List.of(launch.resume() ? "resume" : "new", launch.sessionId(), String.valueOf(launch.mode())));
        return line;
    }

    @Override
    public Map<String, String> environment(Launch launch) {
        return Map.of("SCRIPT_SESSION", launch.sessionId());
    }

    @Override
    public AgentState begin(Launch launch) {
        return new Memory("");
    }

    @Override
    public List<String> greeting() {
        return List.of("hello");
    }

    @Override
    public Step on(AgentState state, String line) {
        String[] w = line.split("\t", -1);
        Memory memory = (Memory) state;
        return switch (w[0]) {
            case "taken" -> new Step(memory, List.of(new Fact.MessageTaken(w[1])));
            case "began" -> new Step(memory, List.of(new Fact.TurnBegan()));
            case "piece" ->
                new Step(
                        new Memory(memory.written() + w[2]),
                        List.of(new Fact.Partial(w[1], "text", memory.written().length(), w[2])));
            case "text" -> new Step(new Memory(""), List.of(new Fact.TextSaid(w[1], w[2], null)));
            case "whole" -> new Step(new Memory(""), List.of(new Fact.TextSaid(w[1], memory.written(), null)));
            case "tool" -> new Step(memory, List.of(new Fact.ToolFinished(w[1], true, w[2], null, List.of())));
            case "ask" ->
                new Step(
                        memory,
                        List.of(new Fact.ApprovalAsked(
                                w[1],
                                w[2],
                                w[2] + " something",
                                Json.MAPPER.createObjectNode(),
                                List.of(new ApprovalOption("allow", "Allow", null)),
                                null)));
            case "question" ->
                new Step(
                        memory,
                        List.of(new Fact.QuestionAsked(
                                w[1],
                                List.of(new QuestionItem(
                                        "Which?", "Which", false, List.of(new QuestionOption("a", null)))),
                                null)));
            case "end" ->
                new Step(
                        memory,
                        List.of(new Fact.TurnEnded(
                                Outcome.valueOf(w[1].toUpperCase(java.util.Locale.ROOT)), null, null)));
            case "mode" -> new Step(memory, List.of(new Fact.ModeIs(w[1])));
            default -> new Step(memory, List.of());
        };
    }

    @Override
    public List<String> say(String messageId, String text, List<Attachment> attachments, boolean now) {
        return List.of("say\t" + messageId + "\t" + (now ? "now" : "turn") + "\t" + text);
    }

    @Override
    public List<String> answerApproval(
            AgentState state, String requestId, Decision decision, @Nullable String message) {
        return List.of("answer\t" + requestId + "\t-\t" + decision);
    }

    @Override
    public List<String> answerQuestion(AgentState state, String requestId, Map<String, String> answers) {
        return List.of("answer\t" + requestId + "\t-\t" + answers.values());
    }

    @Override
    public List<String> interrupt(String commandId) {
        return List.of("interrupt\t" + commandId + "\t-\t");
    }

    @Override
    public List<String> setMode(String commandId, String mode) {
        return List.of("mode\t" + commandId + "\t-\t" + mode);
    }
}
