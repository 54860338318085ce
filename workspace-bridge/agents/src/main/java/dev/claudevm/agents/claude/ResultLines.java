package dev.claudevm.agents.claude;

import dev.claudevm.agents.Fact;
import dev.claudevm.agents.claude.ClaudeState.Stream;
import dev.claudevm.protocol.EventBody.Outcome;
import dev.claudevm.protocol.EventBody.Usage;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The end of a turn. */
final class ResultLines {

    private ResultLines() {}

    static void read(Reading reading, JsonNode line) {
        close(reading, true);
        boolean interrupted = line.path("terminal_reason").asString("").startsWith("aborted");
        boolean failed = line.path("is_error").asBoolean(false) && !interrupted;
        String why = failed ? why(line) : null;
        if (failed) {
            Failures.person(
                            line.path("api_error_status").asInt(0),
                            line.path("result").asString(""))
                    .ifPresent(fact -> Failures.sayOnce(reading, fact));
        }
        Usage usage = usage(reading.state, line);
        reading.say(new Fact.TurnEnded(
                interrupted ? Outcome.INTERRUPTED : failed ? Outcome.FAILED : Outcome.DONE, usage, why));
        double total = line.path("total_cost_usd").asDouble(reading.state.costUsd());
        reading.state = reading.state.withCost(total).with(reading.state.turn().withRunning(false));
    }

    /**
     * Says what was left open.
     *
     * @param processLives subagents in the background go on after a turn: what is theirs stays open
     */
    static void close(Reading reading, boolean processLives) {
        unfinishedText(reading);
        reading.state.requests().forEach((id, request) -> {
            String toolId = request.toolId();
            if (!processLives || toolId == null || !ofSubagent(reading, toolId)) {
                RequestLines.withdraw(reading, id);
            }
        });
        reading.state.tools().forEach((id, tool) -> {
            if (!processLives || tool.parentToolId() == null) {
                reading.state = reading.state.withoutTool(id);
                if (tool.shown()) {
                    reading.say(new Fact.ToolFinished(id, false, "", "not finished", java.util.List.of()));
                }
            }
        });
    }

    /** An interrupted answer has no finished block: what was streamed is all there will be. */
    private static void unfinishedText(Reading reading) {
        Stream stream = reading.state.stream();
        String kind = stream.kind();
        if (kind != null && stream.text() != null) {
            String id = Stream.id(stream.messageId(), stream.index());
            String text = stream.text().toString();
            reading.say(kind.equals("text") ? new Fact.TextSaid(id, text, null) : new Fact.Thought(id, text, null));
        }
        reading.state = reading.state.with(Stream.NONE);
    }

    private static boolean ofSubagent(Reading reading, String toolId) {
        ClaudeState.OpenTool tool = reading.state.tools().get(toolId);
        return tool != null && tool.parentToolId() != null;
    }

    private static String why(JsonNode line) {
        String result = Reading.text(line, "result");
        if (result != null) {
            return result;
        }
        return switch (line.path("subtype").asString("")) {
            case "error_max_turns" -> "The limit of steps in one turn is reached.";
            case "error_max_budget_usd" -> "The budget is used up.";
            default -> {
                String first = line.path("errors").path(0).asString("");
                yield first.isEmpty() ? "The agent stopped with an error." : first;
            }
        };
    }

    private static Usage usage(ClaudeState state, JsonNode line) {
        JsonNode usage = line.path("usage");
        JsonNode total = line.path("total_cost_usd");
        return new Usage(
                usage.path("input_tokens").asLong(0)
                        + usage.path("cache_creation_input_tokens").asLong(0),
                usage.path("output_tokens").asLong(0),
                usage.path("cache_read_input_tokens").asLong(0),
                total.isNumber() ? Math.max(0, total.asDouble() - state.costUsd()) : null,
                state.turn().contextTokens(),
                window(line.path("modelUsage"), state.session().model()),
                line.path("duration_ms").asLong(0));
    }

    /** Of the session's own model: subagents may use smaller ones. */
    private static @Nullable Long window(JsonNode models, @Nullable String model) {
        JsonNode own = models.path(model == null ? "" : model).path("contextWindow");
        if (own.isNumber()) {
            return own.asLong();
        }
        Long largest = null;
        for (JsonNode each : models) {
            long window = each.path("contextWindow").asLong(0);
            if (window > 0 && (largest == null || window > largest)) {
                largest = window;
            }
        }
        return largest;
    }
}
