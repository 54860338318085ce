package dev.claudevm.access;

import java.security.SecureRandom;
import java.util.Base64;

/**
 * A random text that opens a door. It is shown to the person once; only its hash is kept.
 *
 * @param text prefix and 32 random bytes in base64url
 */
record Secret(String text) {

    private static final int RANDOM_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    static Secret random(String prefix) {
        byte[] bytes = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(bytes);
        return new Secret(prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    /** No salt and no slow hash: 256 random bits cannot be guessed from their SHA-256. */
    String hash() {
        return Hashes.hex(text);
    }

    @Override
    public String toString() {
        return "Secret[…]";
    }
}
