package dev.claudevm.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;

/**
 * 256 random bits in a file of the home (base64, mode 0600), which is made when they are needed for the first time. Safe
 * for use by many threads.
 */
public final class KeyFile {

    private static final int BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path file;

    public KeyFile(Path file) {
        this.file = file;
    }

    /** @throws IllegalStateException when there is something else in it */
    public Optional<byte[]> read() {
        try {
            if (!Files.exists(file)) {
                return Optional.empty();
            }
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            byte[] key = Base64.getDecoder().decode(Files.readString(file).strip());
            if (key.length == BYTES) {
                return Optional.of(key);
            }
        } catch (IllegalArgumentException notBase64) {
            // Said below.
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file, e);
        }
        throw new IllegalStateException(
                file + " is no key. Put the right one back, or move it away to make a new one.");
    }

    public synchronized byte[] readOrMake() {
        Optional<byte[]> there = read();
        if (there.isPresent()) {
            return there.get();
        }
        byte[] fresh = new byte[BYTES];
        RANDOM.nextBytes(fresh);
        ServerHome.writeOwnerOnly(
                file, Base64.getEncoder().encodeToString(fresh).getBytes(StandardCharsets.US_ASCII));
        return fresh;
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
