package dev.claudevm.agents.claude;

import dev.claudevm.agents.Fact;
import dev.claudevm.agents.claude.ClaudeState.OpenTool;
import dev.claudevm.agents.claude.ClaudeState.Stream;
import dev.claudevm.protocol.EventBody.PlanEntry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What the model says: {@code stream_event} while it says it, {@code assistant} for each finished content block. */
final class MessageLines {

    private MessageLines() {}

    static void streamed(Reading reading, JsonNode line) {
        if (Reading.text(line, "parent_tool_use_id") != null) {
            // A subagent's text is shown when it is finished: pieces of several would mix.
            return;
        }
        JsonNode event = line.path("event");
        Stream stream = reading.state.stream();
        switch (event.path("type").asString("")) {
            case "message_start" -> {
                JsonNode message = event.path("message");
                reading.state = reading.state.with(
                        new Stream(message.path("id").asString(""), -1, null, null, tokensRead(message.path("usage"))));
            }
            case "content_block_start" -> {
                String kind = event.path("content_block").path("type").asString("");
                boolean shown = kind.equals("text") || kind.equals("thinking");
                reading.state =
                        reading.state.with(stream.block(event.path("index").asInt(0), shown ? kind : null));
            }
            case "content_block_delta" -> delta(reading, stream, event.path("delta"));
            case "message_delta" -> {
                long written = event.path("usage").path("output_tokens").asLong(0);
                if (stream.inputTokens() > 0) {
                    reading.state =
                            reading.state.with(reading.state.turn().withContextTokens(stream.inputTokens() + written));
                }
            }
            default -> {}
        }
    }

    private static void delta(Reading reading, Stream stream, JsonNode delta) {
        String kind = stream.kind();
        String piece = switch (delta.path("type").asString("")) {
            case "text_delta" -> delta.path("text").asString("");
            case "thinking_delta" -> delta.path("thinking").asString("");
            default -> "";
        };
        if (kind == null || piece.isEmpty()) {
            return;
        }
        reading.say(new Fact.Partial(Stream.id(stream.messageId(), stream.index()), kind, stream.length(), piece));
        reading.state = reading.state.with(stream.append(piece));
    }

    static void finished(Reading reading, JsonNode line) {
        String parent = Reading.text(line, "parent_tool_use_id");
        JsonNode message = line.path("message");
        if (Reading.text(line, "error") != null) {
            // Claude's own words for an error of the model's: the turn's end says it.
            return;
        }
        String messageId = message.path("id").asString("");
        int position = 0;
        for (JsonNode block : message.path("content")) {
            switch (block.path("type").asString("")) {
                case "text" -> {
                    String text = block.path("text").asString("");
                    String id = blockId(reading, line, messageId, parent, position);
                    if (!text.isBlank()) {
                        reading.say(new Fact.TextSaid(id, text, parent));
                    }
                }
                case "thinking" -> {
                    String text = block.path("thinking").asString("");
                    String id = blockId(reading, line, messageId, parent, position);
                    if (!text.isBlank()) {
                        reading.say(new Fact.Thought(id, text, parent));
                    }
                }
                case "tool_use" -> tool(reading, block, parent);
                default -> {}
            }
            position++;
        }
        if (parent == null && reading.state.turn().contextTokens() == null) {
            long read = tokensRead(message.path("usage"));
            if (read > 0) {
                reading.state = reading.state.with(reading.state.turn().withContextTokens(read));
            }
        }
    }

    /** The block that was begun last is the one that is finished now: Claude writes the line before it begins another. */
    private static String blockId(
            Reading reading, JsonNode line, String messageId, @Nullable String parent, int position) {
        Stream stream = reading.state.stream();
        if (parent == null && stream.messageId().equals(messageId) && stream.kind() != null) {
            reading.state = reading.state.with(stream.block(stream.index(), null));
            return Stream.id(messageId, stream.index());
        }
        // Not streamed: the line's own id is as unique.
        String lineId = line.path("uuid").asString("");
        return Stream.id(lineId.isEmpty() ? messageId : lineId, position);
    }

    private static void tool(Reading reading, JsonNode block, @Nullable String parent) {
        String id = block.path("id").asString("");
        String name = block.path("name").asString("");
        JsonNode input = block.path("input");
        boolean plan = name.equals("TodoWrite");
        reading.state = reading.state.withTool(id, new OpenTool(name, input, parent, !plan));
        if (!plan) {
            String title = Titles.of(name, input, reading.state.session().workingDirectory());
            reading.say(new Fact.ToolStarted(id, name, title, input, parent));
        } else if (parent == null) {
            reading.say(new Fact.PlanIs(entries(input.path("todos"))));
        }
    }

    private static List<PlanEntry> entries(JsonNode todos) {
        List<PlanEntry> entries = new ArrayList<>();
        for (JsonNode todo : todos) {
            entries.add(new PlanEntry(
                    todo.path("content").asString(""), todo.path("status").asString("pending")));
        }
        return entries;
    }

    private static long tokensRead(JsonNode usage) {
        return usage.path("input_tokens").asLong(0)
                + usage.path("cache_creation_input_tokens").asLong(0)
                + usage.path("cache_read_input_tokens").asLong(0);
    }
}
