package dev.claudevm.snapshot;

import dev.claudevm.protocol.Json;
import dev.claudevm.store.ObjectStore;
import dev.claudevm.store.StoreException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.generators.SCrypt;
import org.bouncycastle.crypto.macs.Poly1305;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;

/**
 * The two objects that a repository of restic begins with: a key, and the configuration that is encrypted with it (restic's documentation, "References":
 * "Repository Format", "Config", "Keys, Encryption and MAC"; version 2).
 *
 * <p>{@code restic init} measures how much work it may put between a password and the key (0.5 s and 60 MB, each time that the
 * repository is opened), which is there for passwords that people think of. Ours has 32 random bytes.
 */
final class NewRepository {

    /** A workspace's password cannot be guessed, so this need not be dear. restic reads it from the key's file. */
    private static final int SCRYPT_N = 1024;

    private static final int SCRYPT_R = 8;
    private static final int SCRYPT_P = 1;
    private static final int SALT_BYTES = 64;
    private static final int AES_BYTES = 32;
    private static final int BLOCK_BYTES = 16;
    private static final int ID_BYTES = 32;

    private final SecureRandom random;

    NewRepository(SecureRandom random) {
        this.random = random;
    }

    /** Keys as restic has them. @param r half of the key of Poly1305-AES, of which some bits are always zero */
    private record Key(byte[] encrypt, byte[] k, byte[] r) {

        static Key of(byte[] bytes) {
            byte[] r = Arrays.copyOfRange(bytes, AES_BYTES + BLOCK_BYTES, AES_BYTES + 2 * BLOCK_BYTES);
            for (int i : new int[] {3, 7, 11, 15}) {
                r[i] &= 0x0f;
            }
            for (int i : new int[] {4, 8, 12}) {
                r[i] &= (byte) 0xfc;
            }
            return new Key(
                    Arrays.copyOf(bytes, AES_BYTES), Arrays.copyOfRange(bytes, AES_BYTES, AES_BYTES + BLOCK_BYTES), r);
        }
    }

    /**
     * Makes it in place of what a crash has left half-made. To be called when there is no configuration: without one nothing can
     * have been saved there.
     *
     * @param folder of the repository in the store, ends with a slash
     * @param password nothing that can be guessed
     */
    void make(ObjectStore store, String folder, String password, Instant now) throws StoreException {
        // restic takes the first key that the password opens; one without its configuration would hide the right one.
        for (ObjectStore.Entry old : store.list(folder + "keys/")) {
            store.delete(old.key());
        }
        Key master = Key.of(bytes(AES_BYTES + 2 * BLOCK_BYTES));
        byte[] key = key(master, password, now);
        put(store, folder + "keys/" + hash(key), key);
        // Last: with it, the repository is there.
        put(store, folder + "config", config(master));
    }

    private static void put(ObjectStore store, String key, byte[] content) throws StoreException {
        store.put(key, new ByteArrayInputStream(content), content.length);
    }

    private byte[] config(Key master) {
        return sealed(
                master,
                json(Map.of(
                        "version",
                        2,
                        "id",
                        HexFormat.of().formatHex(bytes(ID_BYTES)),
                        "chunker_polynomial",
                        Long.toHexString(ChunkerPolynomial.random(random)))));
    }

    private byte[] key(Key master, String password, Instant now) {
        byte[] salt = bytes(SALT_BYTES);
        Key user = Key.of(SCrypt.generate(
                password.getBytes(StandardCharsets.UTF_8),
                salt,
                SCRYPT_N,
                SCRYPT_R,
                SCRYPT_P,
                AES_BYTES + 2 * BLOCK_BYTES));
        byte[] opened = json(Map.of(
                "mac", Map.of("k", base64(master.k()), "r", base64(master.r())), "encrypt", base64(master.encrypt())));
        Map<String, Object> file = new LinkedHashMap<>();
        file.put("created", now.toString());
        file.put("username", "claude-vm");
        file.put("hostname", "claude-vm");
        file.put("kdf", "scrypt");
        file.put("N", SCRYPT_N);
        file.put("r", SCRYPT_R);
        file.put("p", SCRYPT_P);
        file.put("salt", base64(salt));
        file.put("data", base64(sealed(user, opened)));
        return json(file);
    }

    /** @return the nonce, the text under AES-256 in counter mode, and Poly1305-AES of that */
    private byte[] sealed(Key key, byte[] text) {
        byte[] nonce = bytes(BLOCK_BYTES);
        byte[] cipher = encrypted(key.encrypt(), nonce, text);
        byte[] both = new byte[2 * BLOCK_BYTES];
        System.arraycopy(key.r(), 0, both, 0, BLOCK_BYTES);
        System.arraycopy(key.k(), 0, both, BLOCK_BYTES, BLOCK_BYTES);
        Poly1305 mac = new Poly1305(AESEngine.newInstance());
        mac.init(new ParametersWithIV(new KeyParameter(both), nonce));
        mac.update(cipher, 0, cipher.length);
        byte[] all = Arrays.copyOf(nonce, BLOCK_BYTES + cipher.length + BLOCK_BYTES);
        System.arraycopy(cipher, 0, all, BLOCK_BYTES, cipher.length);
        mac.doFinal(all, BLOCK_BYTES + cipher.length);
        return all;
    }

    private static byte[] encrypted(byte[] key, byte[] nonce, byte[] text) {
        try {
            Cipher aes = Cipher.getInstance("AES/CTR/NoPadding");
            aes.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(nonce));
            return aes.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has AES", e);
        }
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] json(Object value) {
        return Json.MAPPER.writeValueAsBytes(value);
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }
}
