package dev.claudevm.secret;

import dev.claudevm.config.KeyFile;
import dev.claudevm.config.ServerHome;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Secrets in the database, sealed with AES-256-GCM. The key is a file of the home (mode 0600), made when the first secret
 * is kept: who copies the database alone has nothing. A secret is bound to its name, so that rows cannot be exchanged.
 */
@Component
public class Secrets {

    private static final String PREFIX = "v1:";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final JdbcClient jdbc;
    private final KeyFile keyFile;
    private final Clock clock;

    public Secrets(JdbcClient jdbc, ServerHome home, Clock clock) {
        this.jdbc = jdbc;
        this.keyFile = new KeyFile(home.secretKeyFile());
        this.clock = clock;
    }

    /** A secret is there, but the key file is not the one that it was sealed with, or somebody changed it. */
    public static final class Unreadable extends Exception {

        private static final long serialVersionUID = 1L;

        Unreadable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    public void put(String name, String secret) {
        String sealed = seal(name, secret);
        var now = clock.instant().atOffset(ZoneOffset.UTC);
        int updated = jdbc.sql("update secret set sealed = :sealed, updated_at = :now where name = :name")
                .param("sealed", sealed)
                .param("now", now)
                .param("name", name)
                .update();
        if (updated == 0) {
            jdbc.sql("insert into secret (name, sealed, updated_at) values (:name, :sealed, :now)")
                    .param("name", name)
                    .param("sealed", sealed)
                    .param("now", now)
                    .update();
        }
    }

    public Optional<String> get(String name) throws Unreadable {
        Optional<String> sealed = jdbc.sql("select sealed from secret where name = :name")
                .param("name", name)
                .query(String.class)
                .optional();
        return sealed.isEmpty() ? Optional.empty() : Optional.of(open(name, sealed.get()));
    }

    /** @return false when there was none */
    public boolean remove(String name) {
        return jdbc.sql("delete from secret where name = :name")
                        .param("name", name)
                        .update()
                > 0;
    }

    private String seal(String name, String secret) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, aes(keyFile.readOrMake()), nonce, name);
            byte[] text = cipher.doFinal(secret.getBytes(StandardCharsets.UTF_8));
            byte[] whole = new byte[NONCE_BYTES + text.length];
            System.arraycopy(nonce, 0, whole, 0, NONCE_BYTES);
            System.arraycopy(text, 0, whole, NONCE_BYTES, text.length);
            return PREFIX + Base64.getEncoder().encodeToString(whole);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has AES-GCM", e);
        }
    }

    private String open(String name, String sealed) throws Unreadable {
        try {
            byte[] key = keyFile.read().orElseThrow(() -> new Unreadable("The file " + keyFile + " is missing", null));
            byte[] whole = Base64.getDecoder().decode(sealed.substring(PREFIX.length()));
            byte[] nonce = java.util.Arrays.copyOf(whole, NONCE_BYTES);
            byte[] text = cipher(Cipher.DECRYPT_MODE, aes(key), nonce, name)
                    .doFinal(whole, NONCE_BYTES, whole.length - NONCE_BYTES);
            return new String(text, StandardCharsets.UTF_8);
        } catch (GeneralSecurityException
                | IllegalArgumentException
                | IllegalStateException
                | IndexOutOfBoundsException e) {
            throw new Unreadable("It was sealed with another key than " + keyFile + ", or was changed", e);
        }
    }

    private static Cipher cipher(int mode, SecretKey key, byte[] nonce, String name) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(name.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private static SecretKey aes(byte[] key) {
        return new SecretKeySpec(key, "AES");
    }
}
