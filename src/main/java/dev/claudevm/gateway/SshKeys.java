package dev.claudevm.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.jspecify.annotations.Nullable;

/** Ed25519 keys in files (OpenSSH's format, mode 0600) and as text. */
public final class SshKeys {

    private static final int MAX_PUBLIC_KEY_CHARS = 1000;

    private SshKeys() {}

    /** @return the key in the file, which is made when it is not there. Survives a crash: the file is whole or absent */
    public static KeyPair loadOrMake(Path file) {
        try {
            if (Files.exists(file)) {
                try (InputStream in = Files.newInputStream(file)) {
                    Iterable<KeyPair> keys =
                            SecurityUtils.loadKeyPairIdentities(null, NamedResource.ofName(file.toString()), in, null);
                    return keys.iterator().next();
                }
            }
            KeyPair fresh =
                    SecurityUtils.getKeyPairGenerator(SecurityUtils.EDDSA).generateKeyPair();
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(fresh, "claude-vm", null, text);
            Files.createDirectories(file.getParent());
            Path half = Files.createTempFile(
                    file.getParent(),
                    ".key",
                    ".new",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(half, text.toByteArray(), StandardOpenOption.SYNC);
            Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
            return fresh;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read or write the key " + file, e);
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new IllegalStateException(
                    "The key " + file + " cannot be used: " + e.getMessage()
                            + ". Move it away; a new one will be made, and"
                            + " running workspaces have to be started again.",
                    e);
        }
    }

    /** @return {@code ssh-ed25519 AAAA…} */
    public static String text(PublicKey key) {
        return PublicKeyEntry.toString(key);
    }

    /** @return null when it is no ed25519 key in OpenSSH's format */
    static @Nullable PublicKey parse(String text) {
        if (text.length() > MAX_PUBLIC_KEY_CHARS || !text.startsWith("ssh-ed25519 ")) {
            return null;
        }
        try {
            return PublicKeyEntry.parsePublicKeyEntry(text.strip())
                    .resolvePublicKey(null, null, PublicKeyEntryResolver.FAILING);
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            return null;
        }
    }

    static boolean same(PublicKey a, PublicKey b) {
        return KeyUtils.compareKeys(a, b);
    }
}
