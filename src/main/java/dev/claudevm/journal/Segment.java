package dev.claudevm.journal;

import dev.claudevm.conversation.ConversationId;
import dev.claudevm.workspace.WorkspaceId;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Consecutive events of one journal as one object, whose name says which. While it is not full it is written again and
 * again, each time longer and under a new name; a shorter one with the same beginning is of no use any more.
 *
 * @param from number of its first event
 * @param to number of its last event
 */
record Segment(WorkspaceId workspace, ConversationId conversation, long from, long to) {

    private static final Pattern KEY =
            Pattern.compile("workspaces/([a-z0-9-]{1,64})/journals/([a-z0-9]{16})/(\\d{12})-(\\d{12})");

    /** @return what the keys of all the workspace's segments begin with */
    static String folder(WorkspaceId workspace) {
        return "workspaces/" + workspace + "/journals/";
    }

    static String folder(WorkspaceId workspace, ConversationId conversation) {
        return folder(workspace) + conversation + "/";
    }

    static Optional<Segment> of(String key) {
        Matcher parts = KEY.matcher(key);
        return parts.matches()
                ? Optional.of(new Segment(
                        new WorkspaceId(parts.group(1)),
                        new ConversationId(parts.group(2)),
                        Long.parseLong(parts.group(3)),
                        Long.parseLong(parts.group(4))))
                : Optional.empty();
    }

    String key() {
        return folder(workspace, conversation) + String.format(Locale.ROOT, "%012d-%012d", from, to);
    }

    /** @return whether the other has nothing that this one has not */
    boolean covers(Segment other) {
        return !equals(other) && conversation.equals(other.conversation) && from <= other.from && other.to <= to;
    }
}
