package dev.claudevm.bridge;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.Iterator;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.util.security.SecurityUtils;

/** Ed25519 keys in OpenSSH's formats. */
final class Keys {

    private static final int ED25519_BITS = 256;

    private Keys() {}

    /** @return the key in {@code file} (mode 0600), which is made when it is not there */
    static KeyPair loadOrMake(Path file) throws IOException {
        try {
            if (Files.exists(file)) {
                Iterable<KeyPair> found = SecurityUtils.loadKeyPairIdentities(
                        null,
                        NamedResource.ofName(file.toString()),
                        new ByteArrayInputStream(Files.readAllBytes(file)),
                        null);
                Iterator<KeyPair> keys = found == null ? java.util.Collections.emptyIterator() : found.iterator();
                if (!keys.hasNext()) {
                    throw new IOException("There is no key in " + file + "; delete the file and enrol again.");
                }
                return keys.next();
            }
            KeyPair key = KeyUtils.generateKeyPair("ssh-ed25519", ED25519_BITS);
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key, "claude-vm", null, text);
            Conversations.writeWhole(file, text.toByteArray());
            return key;
        } catch (GeneralSecurityException e) {
            throw new IOException("The key in " + file + " cannot be used: " + e.getMessage(), e);
        }
    }

    /** @return {@code ssh-ed25519 AAAA…} */
    static String text(PublicKey key) {
        return PublicKeyEntry.toString(key);
    }

    /** @throws IllegalArgumentException when it is no public key in OpenSSH's format */
    static PublicKey parse(String text) {
        try {
            return PublicKeyEntry.parsePublicKeyEntry(text.strip()).resolvePublicKey(null, null, null);
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw new IllegalArgumentException("Not a public key in OpenSSH's format: " + text, e);
        }
    }
}
