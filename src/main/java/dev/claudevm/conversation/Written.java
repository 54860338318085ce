package dev.claudevm.conversation;

import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.Json;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A command as it is written down besides its body.
 *
 * @param kind its name on the wire, for example {@code enqueue}
 * @param messageId the message that it is or is about
 * @param text what lists show of it, cut
 * @param digest of what is meant; who sent it does not matter
 */
record Written(
        String kind, @Nullable String messageId, @Nullable String text, String digest) {

    private static final int MAX_SHOWN_CHARS = 20_000;

    static Written of(Command command) {
        return new Written(kind(command), messageId(command), shown(command), digest(command));
    }

    private static String kind(Command command) {
        return switch (command) {
            case Command.Enqueue _ -> "enqueue";
            case Command.Edit _ -> "edit";
            case Command.Move _ -> "move";
            case Command.Withdraw _ -> "withdraw";
            case Command.SayNow _ -> "say-now";
            case Command.AnswerApproval _ -> "answer-approval";
            case Command.AnswerQuestion _ -> "answer-question";
            case Command.Interrupt _ -> "interrupt";
            case Command.SetMode _ -> "set-mode";
            case Command.Pause _ -> "pause";
            case Command.Resume _ -> "resume";
            case Command.Restore _ -> "restore";
        };
    }

    private static @Nullable String messageId(Command command) {
        return switch (command) {
            case Command.Enqueue c -> c.id();
            case Command.Edit c -> c.messageId();
            case Command.Move c -> c.messageId();
            case Command.Withdraw c -> c.messageId();
            case Command.SayNow c -> c.messageId();
            default -> null;
        };
    }

    private static @Nullable String shown(Command command) {
        String text = switch (command) {
            case Command.Enqueue c -> c.text();
            case Command.Edit c -> c.text();
            default -> null;
        };
        return text == null || text.length() <= MAX_SHOWN_CHARS ? text : text.substring(0, MAX_SHOWN_CHARS - 1) + "…";
    }

    private static String digest(Command command) {
        ObjectNode json = (ObjectNode)
                Json.MAPPER.readTree(Json.MAPPER.writerFor(Command.class).writeValueAsBytes(command));
        json.remove("by");
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(Json.MAPPER.writeValueAsBytes(json)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
