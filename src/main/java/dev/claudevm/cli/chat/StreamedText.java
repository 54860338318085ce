package dev.claudevm.cli.chat;

import dev.claudevm.cli.PlainText;
import dev.claudevm.protocol.Delta;
import dev.claudevm.protocol.EventBody;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts a text together out of its pieces and gives the lines that are complete; whatever pieces came or did not come, in
 * the end exactly the finished text has been given. Not safe for threads.
 */
final class StreamedText {

    private static final class Growing {
        final StringBuilder text = new StringBuilder();
        int given;
    }

    private final Map<String, Growing> growing = new HashMap<>();

    /** @return what can be shown now, whole lines */
    List<String> on(Delta delta, int width) {
        Growing one = growing.computeIfAbsent(delta.messageId(), _ -> new Growing());
        int known = one.text.length();
        if (delta.offset() > known || delta.offset() + delta.text().length() <= known) {
            return List.of(); // A gap: the finished text fills it. Or known already.
        }
        one.text.append(delta.text(), known - delta.offset(), delta.text().length());
        return complete(one, width);
    }

    /** @return the rest of the finished text */
    List<String> on(EventBody.Text text) {
        Growing one = growing.remove(text.messageId());
        String whole = text.markdown();
        int given = one != null && whole.startsWith(one.text.substring(0, one.given)) ? one.given : 0;
        String rest = whole.substring(given);
        return rest.isEmpty()
                ? List.of()
                : EventText.lines(rest.endsWith("\n") ? rest.substring(0, rest.length() - 1) : rest);
    }

    private static List<String> complete(Growing one, int width) {
        List<String> lines = new ArrayList<>();
        while (true) {
            int newline = one.text.indexOf("\n", one.given);
            int end = newline;
            if (newline < 0) {
                // A long paragraph is shown a row at a time, not when it ends.
                int limit = one.given + Math.max(20, width - 1);
                if (one.text.length() <= limit) {
                    return lines;
                }
                end = one.text.lastIndexOf(" ", limit);
                if (end <= one.given) {
                    return lines;
                }
            }
            lines.add(PlainText.line(one.text.substring(one.given, end)));
            one.given = end + 1;
        }
    }
}
