package dev.claudevm.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;

/** SHA-256 in the two spellings that we need. */
final class Hashes {

    private Hashes() {}

    static String hex(String text) {
        return HexFormat.of().formatHex(sha256(text));
    }

    /** @return a source for Content-Security-Policy that allows exactly this inline text */
    static String csp(String text) {
        return "sha256-" + Base64.getEncoder().encodeToString(sha256(text));
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every JDK has SHA-256", e);
        }
    }
}
