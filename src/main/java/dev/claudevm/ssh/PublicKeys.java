package dev.claudevm.ssh;

import dev.claudevm.problem.Problem;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.common.digest.BuiltinDigests;

/** Public keys as people paste them: one a line, in OpenSSH's format. */
final class PublicKeys {

    private static final Set<String> TYPES = Set.of(
            "ssh-ed25519",
            "ecdsa-sha2-nistp256",
            "ecdsa-sha2-nistp384",
            "ecdsa-sha2-nistp521",
            "sk-ssh-ed25519@openssh.com",
            "sk-ecdsa-sha2-nistp256@openssh.com",
            "ssh-rsa");

    private static final int MAX_KEY_CHARS = 4000;
    private static final int MAX_KEYS = 50;
    private static final int MIN_RSA_BITS = 2048;
    private static final int MAX_COMMENT_CHARS = 200;

    private PublicKeys() {}

    /**
     * A key of which nothing is believed but that its owner can sign with it.
     *
     * @param text type and key, without comment
     * @param comment empty when there was none
     */
    record Parsed(String type, String text, String fingerprint, String comment) {}

    /** @throws Problem when there is anything but keys, or no key at all */
    static List<Parsed> parse(String text) {
        if (text.contains("PRIVATE KEY")) {
            throw Problem.invalid(
                    "That is a private key.", "Keep it to yourself, and give the file beside it that ends with .pub.");
        }
        List<Parsed> keys = new ArrayList<>();
        for (String line : text.lines().map(String::strip).toList()) {
            if (!line.isEmpty() && !line.startsWith("#")) {
                keys.add(line(line));
            }
        }
        if (keys.isEmpty()) {
            throw Problem.invalid(
                    "There is no key in it.",
                    "Make one with `ssh-keygen -t ed25519` and give the file that ends with .pub.");
        }
        if (keys.size() > MAX_KEYS) {
            throw Problem.invalid("Those are more than " + MAX_KEYS + " keys.", "Give the ones that you use.");
        }
        return keys;
    }

    private static Parsed line(String line) {
        String[] words = line.split("\\s+", 3);
        if (words.length < 2 || line.length() > MAX_KEY_CHARS || !TYPES.contains(words[0])) {
            throw Problem.invalid(
                    "\"" + shown(line) + "\" is no public key that can be used here.",
                    "Give lines like `ssh-ed25519 AAAA… you@machine`: ed25519, ecdsa, RSA of 2048 bits and more, or a security key of these.");
        }
        try {
            PublicKey key = PublicKeyEntry.parsePublicKeyEntry(words[0] + " " + words[1])
                    .resolvePublicKey(null, Map.of(), PublicKeyEntryResolver.FAILING);
            if (key == null || !KeyUtils.getKeyType(key).equals(words[0])) {
                throw new GeneralSecurityException("not what it says");
            }
            if (key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() < MIN_RSA_BITS) {
                throw Problem.invalid("That RSA key is too short.", "Make a new one with `ssh-keygen -t ed25519`.");
            }
            String comment = words.length < 3 ? "" : words[2].replaceAll("\\p{Cntrl}", "");
            return new Parsed(
                    words[0],
                    words[0] + " " + words[1],
                    fingerprint(key),
                    comment.length() > MAX_COMMENT_CHARS ? comment.substring(0, MAX_COMMENT_CHARS) : comment);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException | IllegalStateException e) {
            throw Problem.invalid("\"" + shown(line) + "\" is damaged.", "Copy the whole line of the .pub file again.");
        }
    }

    /** @return {@code SHA256:…}, as {@code ssh-keygen -l} prints it */
    static String fingerprint(PublicKey key) {
        return KeyUtils.getFingerPrint(BuiltinDigests.sha256, key);
    }

    private static String shown(String line) {
        String plain = line.replaceAll("\\p{Cntrl}", "?");
        return plain.length() > 40 ? plain.substring(0, 40) + "…" : plain;
    }
}
