package dev.claudevm.agents.claude;

import dev.claudevm.agents.AgentState;
import dev.claudevm.protocol.EventBody.SlashCommand;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What is remembered between lines.
 *
 * @param tools calls without a result, by id, oldest first
 * @param requests what Claude asked and nobody answered yet, by id, oldest first
 * @param costUsd the process' running total at the end of the last turn
 */
record ClaudeState(
        Session session,
        Turn turn,
        Stream stream,
        Map<String, OpenTool> tools,
        Map<String, OpenRequest> requests,
        double costUsd)
        implements AgentState {

    static ClaudeState begin(String workingDirectory) {
        return new ClaudeState(
                new Session(workingDirectory, null, null, null, List.of()),
                new Turn(false, false, false, List.of(), null),
                Stream.NONE,
                Map.of(),
                Map.of(),
                0);
    }

    /**
     * What the process says of itself.
     *
     * @param mode null until it said one
     */
    record Session(
            String workingDirectory,
            @Nullable String mode,
            @Nullable String version,
            @Nullable String model,
            List<SlashCommand> commands) {

        Session withMode(String changed) {
            return new Session(workingDirectory, changed, version, model, commands);
        }
    }

    /**
     * @param running between the first sign of a turn and its result
     * @param lifecycle this version tells what becomes of messages, so that their echo says nothing new
     * @param failureSaid a person was already told in this turn that they must act
     * @param taken ids of the messages that were taken lately
     * @param contextTokens size of the last request and its answer
     */
    record Turn(
            boolean running,
            boolean lifecycle,
            boolean failureSaid,
            List<String> taken,
            @Nullable Long contextTokens) {

        /** More than Claude ever holds at once. */
        private static final int TAKEN_KEPT = 64;

        Turn withRunning(boolean runs) {
            return new Turn(runs, lifecycle, runs && failureSaid, taken, contextTokens);
        }

        Turn withLifecycle() {
            return new Turn(running, true, failureSaid, taken, contextTokens);
        }

        Turn withFailureSaid() {
            return new Turn(running, lifecycle, true, taken, contextTokens);
        }

        Turn withTaken(String messageId) {
            List<String> kept = taken.size() < TAKEN_KEPT ? taken : taken.subList(1, taken.size());
            return new Turn(
                    running,
                    lifecycle,
                    failureSaid,
                    java.util.stream.Stream.concat(kept.stream(), java.util.stream.Stream.of(messageId))
                            .toList(),
                    contextTokens);
        }

        Turn withContextTokens(@Nullable Long tokens) {
            return new Turn(running, lifecycle, failureSaid, taken, tokens);
        }
    }

    /**
     * The message that is being streamed, or the last one.
     *
     * @param messageId of the Messages API; empty when there is none
     * @param index of the content block that was begun last, or of the last finished one
     * @param kind {@code text} or {@code thinking} while such a block is unfinished
     * @param text what was streamed of the unfinished block; null: nothing yet
     * @param inputTokens what the request was charged with, from its start
     */
    record Stream(
            String messageId,
            int index,
            @Nullable String kind,
            @Nullable Text text,
            long inputTokens) {

        static final Stream NONE = new Stream("", -1, null, null, 0);

        Stream block(int begun, @Nullable String blockKind) {
            return new Stream(messageId, begun, blockKind, null, inputTokens);
        }

        Stream append(String piece) {
            return new Stream(messageId, index, kind, new Text(text, piece), inputTokens);
        }

        int length() {
            return text == null ? 0 : text.length;
        }

        /** Unique for each content block, the same while it is streamed and when it is finished. */
        static String id(String messageId, int index) {
            return messageId + "." + index;
        }
    }

    /** A growing text, shared by all states that saw a part of it: appending must not copy what is there. */
    static final class Text {
        private final @Nullable Text before;
        private final String piece;
        private final int length;

        Text(@Nullable Text before, String piece) {
            this.before = before;
            this.piece = piece;
            this.length = (before == null ? 0 : before.length) + piece.length();
        }

        @Override
        public String toString() {
            char[] chars = new char[length];
            int end = length;
            for (Text text = this; text != null; text = text.before) {
                end -= text.piece.length();
                text.piece.getChars(0, text.piece.length(), chars, end);
            }
            return new String(chars);
        }
    }

    /** @param shown its facts are about a tool; false for those that are shown as something else */
    record OpenTool(String name, JsonNode input, @Nullable String parentToolId, boolean shown) {}

    /** @param suggestions what {@code always} would add; empty: it is not offered */
    record OpenRequest(
            String tool,
            JsonNode input,
            List<JsonNode> suggestions,
            @Nullable String toolId) {}

    ClaudeState with(Session changed) {
        return new ClaudeState(changed, turn, stream, tools, requests, costUsd);
    }

    ClaudeState with(Turn changed) {
        return new ClaudeState(session, changed, stream, tools, requests, costUsd);
    }

    ClaudeState with(Stream changed) {
        return new ClaudeState(session, turn, changed, tools, requests, costUsd);
    }

    ClaudeState withCost(double usd) {
        return new ClaudeState(session, turn, stream, tools, requests, usd);
    }

    ClaudeState withTool(String id, OpenTool tool) {
        return new ClaudeState(session, turn, stream, plus(tools, id, tool), requests, costUsd);
    }

    ClaudeState withoutTool(String id) {
        return new ClaudeState(session, turn, stream, minus(tools, id), requests, costUsd);
    }

    ClaudeState withRequest(String id, OpenRequest request) {
        return new ClaudeState(session, turn, stream, tools, plus(requests, id, request), costUsd);
    }

    ClaudeState withoutRequest(String id) {
        return new ClaudeState(session, turn, stream, tools, minus(requests, id), costUsd);
    }

    private static <T> Map<String, T> plus(Map<String, T> map, String id, T value) {
        Map<String, T> changed = new LinkedHashMap<>(map);
        changed.put(id, value);
        return Collections.unmodifiableMap(changed);
    }

    private static <T> Map<String, T> minus(Map<String, T> map, String id) {
        if (!map.containsKey(id)) {
            return map;
        }
        Map<String, T> changed = new LinkedHashMap<>(map);
        changed.remove(id);
        return Collections.unmodifiableMap(changed);
    }
}
