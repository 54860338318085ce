package dev.claudevm.search;

import dev.claudevm.conversation.StoredEvent;
import dev.claudevm.protocol.Event;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.EventCodec;
import dev.claudevm.protocol.Json;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What an event says that somebody may look for.
 *
 * @param by a person's name; null: the agent
 * @param messageId of a person's message, which may be changed or taken back while it waits; else null
 * @param text at most {@link #MAX_CHARS}; empty: the message is taken back
 */
record Saying(Kind kind, @Nullable String by, @Nullable String messageId, String text, Instant at) {

    /** What is further behind in one text is not found. */
    static final int MAX_CHARS = 500_000;

    private static final int MAX_INPUT_CHARS = 4_000;
    private static final int MAX_VALUE_CHARS = 1_000;
    private static final int MAX_DEPTH = 4;

    /** What it is. */
    enum Kind {
        /** A person said it: a message, or the reason for a decision. */
        MESSAGE,
        /** The agent's answer. */
        ANSWER,
        /** What the agent thought. */
        THOUGHT,
        /** A tool that the agent used: its title, command, file. */
        TOOL,
        /** The agent's question with what was answered. */
        QUESTION,
        /** A conversation's title, or the name of its workspace or project. */
        TITLE;

        /** @return the word in the API and in the index */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @return empty: nothing that is looked for, or nothing that is understood */
    static Optional<Saying> in(StoredEvent stored) {
        Event event;
        try {
            event = EventCodec.fromJson(Json.MAPPER.readTree(stored.json()));
            return Optional.ofNullable(of(event.body(), event.at()));
        } catch (JacksonException | IllegalArgumentException | NullPointerException e) {
            // A bridge may say anything; the mirror keeps it all the same.
            return Optional.empty();
        }
    }

    /** A workspace's clock may be anything. */
    Saying notAfter(Instant now) {
        return at.isAfter(now) ? new Saying(kind, by, messageId, text, now) : this;
    }

    private static @Nullable Saying of(EventBody body, Instant at) {
        return switch (body) {
            case EventBody.MessageQueued e -> {
                String files =
                        e.attachments().stream().map(EventBody.Attachment::name).collect(Collectors.joining(" "));
                yield new Saying(
                        Kind.MESSAGE,
                        e.by(),
                        e.messageId(),
                        cut(files.isEmpty() ? e.text() : e.text() + "\n" + files),
                        at);
            }
            case EventBody.MessageEdited e -> new Saying(Kind.MESSAGE, e.by(), e.messageId(), cut(e.text()), at);
            case EventBody.MessageWithdrawn e -> new Saying(Kind.MESSAGE, e.by(), e.messageId(), "", at);
            case EventBody.ApprovalResolved e ->
                e.message() == null || e.message().isBlank()
                        ? null
                        : new Saying(Kind.MESSAGE, e.by(), null, cut(e.message()), at);
            case EventBody.Text e -> new Saying(Kind.ANSWER, null, null, cut(e.markdown()), at);
            case EventBody.Thinking e -> new Saying(Kind.THOUGHT, null, null, cut(e.markdown()), at);
            case EventBody.ToolStarted e -> new Saying(Kind.TOOL, null, null, tool(e), at);
            case EventBody.QuestionAnswered e ->
                e.withdrawn() || e.answers().isEmpty()
                        ? null
                        : new Saying(
                                Kind.QUESTION,
                                e.by(),
                                null,
                                cut(e.answers().entrySet().stream()
                                        .map(answer -> answer.getKey() + " " + answer.getValue())
                                        .collect(Collectors.joining("\n"))),
                                at);
            default -> null;
        };
    }

    /** Its name and title, and what of its input they do not have. */
    private static String tool(EventBody.ToolStarted tool) {
        StringBuilder text = new StringBuilder(tool.name());
        add(text, tool.title());
        values(tool.input(), text, 0);
        return text.toString();
    }

    private static void values(@Nullable JsonNode node, StringBuilder text, int depth) {
        if (node == null || depth > MAX_DEPTH || text.length() > MAX_INPUT_CHARS) {
            return;
        }
        if (node.isString()) {
            add(text, node.stringValue());
        } else if (node.isContainer()) {
            for (JsonNode value : List.copyOf(node.values())) {
                values(value, text, depth + 1);
            }
        }
    }

    private static void add(StringBuilder text, String value) {
        String some = value.length() > MAX_VALUE_CHARS ? value.substring(0, MAX_VALUE_CHARS) : value;
        if (!some.isBlank() && text.indexOf(some) < 0) {
            text.append('\n').append(some);
        }
    }

    private static String cut(String text) {
        return text.length() > MAX_CHARS ? text.substring(0, MAX_CHARS) : text;
    }
}
