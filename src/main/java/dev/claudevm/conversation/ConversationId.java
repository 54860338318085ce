package dev.claudevm.conversation;

import dev.claudevm.problem.Problem;
import java.security.SecureRandom;
import java.util.regex.Pattern;

/** Sixteen letters and digits. Names the conversation in the bridge, its tmux session and the prefix of its requests too. */
public record ConversationId(String value) {

    private static final Pattern FORM = Pattern.compile("[a-z0-9]{16}");
    private static final String ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";
    private static final SecureRandom RANDOM = new SecureRandom();

    /** @throws Problem when the text is no such id: then there is no conversation of that name either */
    public static ConversationId parse(String text) {
        if (!FORM.matcher(text).matches()) {
            throw unknown(text);
        }
        return new ConversationId(text);
    }

    static ConversationId fresh() {
        StringBuilder id = new StringBuilder(16);
        for (int i = 0; i < 16; i++) {
            id.append(ALPHABET.charAt(RANDOM.nextInt(ALPHABET.length())));
        }
        return new ConversationId(id.toString());
    }

    static Problem unknown(String text) {
        String shown = text.length() > 60 ? text.substring(0, 60) + "…" : text;
        return Problem.unknown(
                "There is no conversation \"" + shown + "\".",
                "See the conversations of your workspaces in the inbox.");
    }

    @Override
    public String toString() {
        return value;
    }
}
