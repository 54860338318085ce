package dev.claudevm.workspace;

import dev.claudevm.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Pattern;
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

    private static final Pattern BRANCH = Pattern.compile("[A-Za-z0-9_+@][A-Za-z0-9._/+@#-]{0,249}");
    private static final int MAX_NAME_CHARS = 100;
    private static final int MAX_IMAGE_CHARS = 300;

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

    /** @throws Problem when it is no name of a branch or tag */
    @Nullable
    String checkedBranch() {
        if (branch == null || branch.isBlank()) {
            return null;
        }
        String text = branch.strip();
        if (!BRANCH.matcher(text).matches()
                || text.contains("..")
                || text.contains("//")
                || text.contains("@{")
                || text.endsWith("/")
                || text.endsWith(".")
                || text.endsWith(".lock")) {
            throw Problem.invalid(
                    "\"" + (text.length() > 60 ? text.substring(0, 60) + "…" : text) + "\" is no name of a branch.",
                    "Give a branch or tag as git lists it, for example main.");
        }
        return text;
    }

    /** @throws Problem when nobody could read it */
    @Nullable
    String checkedName() {
        if (name == null || name.isBlank()) {
            return null;
        }
        String text = name.strip();
        if (text.length() > MAX_NAME_CHARS || text.chars().anyMatch(Character::isISOControl)) {
            throw Problem.invalid("That name is too long or has control characters.", "Use at most 100 characters.");
        }
        return text;
    }

    /** @throws Problem when it cannot be the name of an image; whether there is such an image, its provider knows */
    @Nullable
    String checkedImage() {
        if (image == null || image.isBlank()) {
            return null;
        }
        String text = image.strip();
        if (text.length() > MAX_IMAGE_CHARS || text.chars().anyMatch(Character::isISOControl)) {
            throw Problem.invalid("That is not the name of an image.", "Give one like python:3.11.");
        }
        return text;
    }
}
