package dev.claudevm.secret;

import dev.claudevm.config.ConfigException;
import dev.claudevm.config.ProcessEnvironment;
import dev.claudevm.config.ServerHome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys of {@link Secrets}, 256 bits each: those of the environment's {@value #VARIABLE}, then those of the home's file (one a line, base64, mode 0600). The first
 * seals, each of them opens. Without any the file is made.
 */
final class KeyRing {

    static final String VARIABLE = "CLAUDE_VM_SECRET_KEY";

    private static final int BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path file;
    private final List<SecretKey> given;

    /** @throws ConfigException when the environment has something else there than keys */
    KeyRing(Path file, ProcessEnvironment environment) {
        this.file = file;
        this.given = environment
                .get(VARIABLE)
                .map(text -> parse(List.of(text.strip().split("[\\s,]+"))))
                .orElse(List.of());
        if (environment.get(VARIABLE).isPresent() && given.isEmpty()) {
            throw new ConfigException(
                    VARIABLE
                            + " in the environment is no key: it must be 32 random bytes in base64, for example of `openssl rand -base64 32`.");
        }
    }

    /** @return whether the environment gives the key that seals */
    boolean isGiven() {
        return !given.isEmpty();
    }

    /** @return the key to seal with first; empty: there is none yet */
    List<SecretKey> all() {
        List<SecretKey> all = new ArrayList<>(given);
        all.addAll(ofFile());
        return all;
    }

    /** @throws IllegalStateException when there is something else than keys in the file */
    synchronized SecretKey first() {
        List<SecretKey> all = all();
        if (!all.isEmpty()) {
            return all.getFirst();
        }
        SecretKey fresh = fresh();
        write(List.of(fresh));
        return fresh;
    }

    /** From now on another key seals: a new one, where the environment gives none. */
    void renew() {
        if (!isGiven()) {
            List<SecretKey> all = new ArrayList<>(List.of(fresh()));
            all.addAll(ofFile());
            write(all);
        }
    }

    /** From now on only the first opens. */
    void forgetOthers() {
        if (isGiven()) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new UncheckedIOException("Cannot delete " + file, e);
            }
        } else {
            write(List.of(first()));
        }
    }

    private List<SecretKey> ofFile() {
        try {
            if (!Files.exists(file)) {
                return List.of();
            }
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            List<SecretKey> keys = parse(Files.readString(file).lines().toList());
            if (!keys.isEmpty()) {
                return keys;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file, e);
        }
        throw new IllegalStateException(
                file + " is no key. Put the right one back, or move it away to make a new one.");
    }

    private void write(List<SecretKey> keys) {
        StringBuilder text = new StringBuilder();
        keys.forEach(key -> text.append(Base64.getEncoder().encodeToString(key.getEncoded()))
                .append('\n'));
        ServerHome.writeOwnerOnly(file, text.toString().getBytes(StandardCharsets.US_ASCII));
    }

    private static SecretKey fresh() {
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return new SecretKeySpec(bytes, "AES");
    }

    /** @return empty when one of them is no key */
    private static List<SecretKey> parse(List<String> lines) {
        List<SecretKey> keys = new ArrayList<>();
        for (String line : lines) {
            try {
                byte[] bytes = Base64.getDecoder().decode(line.strip());
                if (bytes.length != BYTES) {
                    return List.of();
                }
                keys.add(new SecretKeySpec(bytes, "AES"));
            } catch (IllegalArgumentException notBase64) {
                return List.of();
            }
        }
        return keys;
    }

    /** Where they are, for people. */
    @Override
    public String toString() {
        return isGiven() ? VARIABLE : file.toString();
    }
}
