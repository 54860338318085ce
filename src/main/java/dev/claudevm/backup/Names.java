package dev.claudevm.backup;

import dev.claudevm.conversation.ConversationId;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What entries of a backup are called. */
final class Names {

    static final String REPOSITORY = "restic/";

    private static final Pattern EVENTS = Pattern.compile("conversations/([a-z0-9]{16})/events-(\\d{6})\\.ndjson");
    private static final Pattern SAID = Pattern.compile("conversations/([a-z0-9]{16})/said\\.json");
    private static final Pattern PASSWORD = Pattern.compile("://[^/@\\s]*@");

    private Names() {}

    /** @param chunk counts from 1 */
    static String events(ConversationId id, int chunk) {
        return "conversations/%s/events-%06d.ndjson".formatted(id, chunk);
    }

    /** What was said and not delivered. */
    static String said(ConversationId id) {
        return "conversations/" + id + "/said.json";
    }

    static Matcher events(String name) {
        return EVENTS.matcher(name);
    }

    static Matcher said(String name) {
        return SAID.matcher(name);
    }

    /** @return a URL without the name and password in it; git's {@code user@host:path} has none */
    static String withoutPassword(String source) {
        return source.startsWith("ssh://") || source.startsWith("git+ssh://")
                ? source
                : PASSWORD.matcher(source).replaceAll("://");
    }
}
