package dev.claudevm.fork;

import dev.claudevm.conversation.NewConversation;
import dev.claudevm.workspace.WorkspaceId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What a person asks for. Nothing in it is checked yet.
 *
 * @param snapshot of the workspace; null: what it has now
 * @param copies how many
 * @param message what is said in each; null: nothing, and no conversation is begun
 * @param conversation what kind it is
 * @param name of each, with a number behind it when there are several; null: its id
 * @param provider null: the same, when it is still here
 */
public record ForkWish(
        WorkspaceId source,
        @Nullable String snapshot,
        int copies,
        @Nullable String message,
        NewConversation conversation,
        @Nullable String name,
        @Nullable String provider) {

    /** @return the same for the same wish: SHA-256 in hex */
    String digest() {
        StringBuilder all = new StringBuilder("fork\n");
        for (String field : Arrays.asList(
                source.value(),
                snapshot,
                String.valueOf(copies),
                message,
                conversation.agent(),
                conversation.mode(),
                conversation.title(),
                name,
                provider)) {
            // Lengths, so that one field's end is never another's beginning.
            all.append(field == null ? "-" : field.length() + ":" + field).append('\n');
        }
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(all.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
