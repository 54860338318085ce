package dev.claudevm.workspace;

import dev.claudevm.problem.Problem;
import java.util.regex.Pattern;

/** Two words and a number: {@code bold-fire-1234}. */
public record WorkspaceId(String value) {

    private static final Pattern FORM = Pattern.compile("[a-z]{2,20}-[a-z]{2,20}-[0-9]{1,6}");

    /** @throws Problem when the text is no such id: then there is no workspace of that name either */
    public static WorkspaceId parse(String text) {
        if (!FORM.matcher(text).matches()) {
            throw unknown(text);
        }
        return new WorkspaceId(text);
    }

    static Problem unknown(String text) {
        String shown = text.length() > 60 ? text.substring(0, 60) + "…" : text;
        return Problem.unknown(
                "There is no workspace \"" + shown + "\".", "See the list of workspaces: claude-vm workspace list.");
    }

    @Override
    public String toString() {
        return value;
    }
}
