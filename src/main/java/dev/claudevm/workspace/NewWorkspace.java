package dev.claudevm.workspace;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What a person asks for. Nothing in it is checked yet.
 *
 * @param source a git URL or a folder's path
 * @param provider null: the default
 * @param branch null: the project's default
 * @param image for providers with images
 * @param name null: the id
 */
public record NewWorkspace(
        @Nullable String source,
        @Nullable String provider,
        @Nullable String branch,
        @Nullable String image,
        @Nullable String name) {

    public static NewWorkspace of(String source) {
        return new NewWorkspace(source, null, null, null, null);
    }

    /** @return the same for the same wish: SHA-256 in hex */
    String digest() {
        // Lengths, so that one field's end is never another's beginning.
        StringBuilder all = new StringBuilder();
        for (String field : Arrays.asList(source, provider, branch, image, name)) {
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
