package dev.claudevm.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * What a request to the Messages API says about the person.
 *
 * @param said the person's messages of the whole conversation, oldest first, without what the agent put in by itself
 * @param answered how many messages of the model follow the last of them
 */
record Conversation(List<String> said, int answered) {

    /** Texts in the person's role that no person wrote. */
    private static final Pattern NOT_SAID = Pattern.compile(
            "(?s)\\s*(<(system-reminder|command-[a-z]+|local-command-[a-z]+|bash-[a-z]+|task-notification)[ >].*"
                    + "|Caveat: The messages below.*|)");

    /** What a person said before it was not answered. */
    private static final Pattern INTERRUPTED = Pattern.compile("(?s)\\s*\\[Request interrupted by user.*");

    /** A message that was said while a turn ran comes wrapped. */
    private static final Pattern STEERED = Pattern.compile(
            "(?s)(?:<system-reminder>\\s*)?The user sent a new message while you were working:\\n(.*?)\\n\\n"
                    + "(?:This is how Claude Code|IMPORTANT: After).*");

    static Conversation of(JsonNode body) {
        List<String> said = new ArrayList<>();
        int answered = 0;
        for (JsonNode message : body.path("messages")) {
            String role = message.path("role").asString("");
            if (role.equals("assistant")) {
                answered++;
            }
            if (!role.equals("user")) {
                continue;
            }
            for (String text : texts(message.path("content"))) {
                said.add(text);
                answered = 0;
            }
        }
        return new Conversation(List.copyOf(said), answered);
    }

    String last() {
        return said.isEmpty() ? "" : said.getLast();
    }

    /** Usually one; several when a turn was interrupted before the model said anything. */
    private static List<String> texts(JsonNode content) {
        List<String> texts = new ArrayList<>();
        List<String> parts = new ArrayList<>();
        for (String block : content.isString() ? List.of(content.asString()) : blocks(content)) {
            var steered = STEERED.matcher(block);
            if (steered.matches()) {
                parts.add(steered.group(1).strip());
            } else if (INTERRUPTED.matcher(block).matches()) {
                join(parts, texts);
            } else if (!NOT_SAID.matcher(block).matches()) {
                parts.add(block.strip());
            }
        }
        join(parts, texts);
        return texts;
    }

    private static void join(List<String> parts, List<String> texts) {
        if (!parts.isEmpty()) {
            texts.add(String.join("\n", parts));
            parts.clear();
        }
    }

    private static List<String> blocks(JsonNode content) {
        List<String> texts = new ArrayList<>();
        for (JsonNode block : content) {
            if (block.path("type").asString("").equals("text")) {
                texts.add(block.path("text").asString(""));
            }
        }
        return texts;
    }
}
