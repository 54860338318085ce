package dev.claudevm.conversation;

import dev.claudevm.problem.Problem;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.Hunk;
import dev.claudevm.protocol.Limits;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What may be said at all. Each throws a {@link Problem} that names what is wrong. */
final class Admission {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    /** Of a path as it is written: a byte may be three characters. */
    private static final int MAX_PATH_CHARS = 3 * 4096;

    private Admission() {}

    static String id(@Nullable String id) {
        if (id == null || !ID.matcher(id).matches()) {
            throw Problem.malformed("\"id\" is no id.", "Send a UUID that the client made.");
        }
        return id;
    }

    static String checkpoint(@Nullable String id) {
        if (id == null || !ID.matcher(id).matches()) {
            throw Problem.malformed("\"checkpointId\" is no checkpoint.", "Use one that the conversation lists.");
        }
        return id;
    }

    /** A file or folder of a project, or null for all of it; the workspace looks where it really leads. */
    static @Nullable String path(@Nullable String path) {
        if (path == null) {
            return null;
        }
        boolean steps = Arrays.stream(path.split("/", -1))
                .anyMatch(name -> name.isEmpty() || name.equals(".") || name.equals(".."));
        if (steps || path.length() > MAX_PATH_CHARS || path.indexOf('\0') >= 0) {
            throw Problem.malformed(
                    "\"path\" is no path of a project.", "Send it as the changes list it, or null for everything.");
        }
        return path;
    }

    /** One change of a file. @param path of that file; null: it is missing */
    static @Nullable Hunk hunk(@Nullable Hunk hunk, @Nullable String path) {
        if (hunk == null) {
            return null;
        }
        if (path == null
                || hunk.to() == null
                || !ID.matcher(hunk.to()).matches()
                || hunk.oldLines() < 0
                || hunk.newLines() < 0
                || hunk.oldLine() < 1
                || hunk.newLine() < 1
                || hunk.oldLines() + (long) hunk.newLines() == 0) {
            throw Problem.malformed(
                    "\"hunk\" is no change of a file.",
                    "Send \"path\", and the checkpoint after the change and its lines, counted from 1, as the diff has them.");
        }
        return hunk;
    }

    static void text(String text, boolean needed) {
        if (needed && text.isBlank()) {
            throw Problem.invalid("The message is empty.", "Say something.");
        }
        if (text.length() > Limits.MESSAGE_BYTES
                || text.getBytes(StandardCharsets.UTF_8).length > Limits.MESSAGE_BYTES) {
            throw Problem.tooLarge(
                    "The message is longer than 1 MB.",
                    "Put the long part into a file in the workspace and name the file.");
        }
    }

    static void attachments(List<EventBody.Attachment> attachments) {
        if (attachments.size() > Limits.ATTACHMENTS) {
            throw Problem.tooLarge(
                    "There are more than " + Limits.ATTACHMENTS + " attachments.", "Send them in several messages.");
        }
        for (EventBody.Attachment attachment : attachments) {
            if (attachment == null
                    || attachment.name() == null
                    || attachment.mediaType() == null
                    || attachment.data() == null) {
                throw Problem.malformed(
                        "An attachment lacks a field.", "Send \"name\", \"mediaType\" and \"data\" of each.");
            }
            if (attachment.data().length() / 4L * 3L > Limits.ATTACHMENT_BYTES + 2L) {
                throw Problem.tooLarge(
                        "The attachment \"" + attachment.name() + "\" is larger than 10 MB.", "Send a smaller one.");
            }
            try {
                byte[] _ = Base64.getDecoder().decode(attachment.data());
            } catch (IllegalArgumentException e) {
                throw Problem.invalid(
                        "The attachment \"" + attachment.name() + "\" is not base64.", "Encode its bytes as base64.");
            }
        }
    }
}
