package dev.claudevm.provider.ssh;

import dev.claudevm.provider.ConfirmationNeeded;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.ssh.SshOptions.Host;
import java.net.SocketAddress;
import java.security.PublicKey;
import org.apache.sshd.client.keyverifier.ServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.digest.BuiltinDigests;
import org.jspecify.annotations.Nullable;

/** Talks only to a machine whose host key a person has confirmed. Remembers what the machine showed. */
final class HostKeyCheck implements ServerKeyVerifier {

    private final Host host;
    private volatile @Nullable PublicKey shown;

    HostKeyCheck(Host host) {
        this.host = host;
    }

    @Override
    public boolean verifyServerKey(ClientSession session, SocketAddress address, PublicKey key) {
        shown = key;
        return isConfirmed(key);
    }

    private boolean isConfirmed(PublicKey key) {
        String confirmed = host.hostKey();
        if (confirmed == null) {
            return false;
        }
        String[] words = confirmed.strip().split("\\s+");
        if (words[0].startsWith("SHA256:")) {
            return words[0].equals(fingerprint(key));
        }
        String[] have = PublicKeyEntry.toString(key).split("\\s+");
        return words.length > 1 && words[0].equals(have[0]) && words[1].equals(have[1]);
    }

    static String fingerprint(PublicKey key) {
        return KeyUtils.getFingerPrint(BuiltinDigests.sha256, key);
    }

    /** @return what is to be said when the connection ended because of the key; null: that was not why */
    @Nullable
    ProviderException problem() {
        PublicKey key = shown;
        if (key == null || isConfirmed(key)) {
            return null;
        }
        String print = fingerprint(key);
        String type = KeyUtils.getKeyType(key);
        String kind = type == null || type.contains("ed25519") ? "ed25519" : type.contains("ecdsa") ? "ecdsa" : "rsa";
        String compare = "On that machine, ssh-keygen -lf /etc/ssh/ssh_host_" + kind + "_key.pub shows it.";
        String confirmed = host.hostKey();
        if (confirmed == null) {
            return new ConfirmationNeeded(
                    host.hostKeyOption(),
                    print,
                    host.name() + " shows a host key (" + kind + ") that is not known yet: " + print + ".",
                    "Confirm it if it is the machine's own. " + compare);
        }
        return new ProviderException(
                "The host key of " + host.name() + " has changed: it shows " + print + " (" + kind + "), but "
                        + confirmed + " was confirmed. Nothing was said to it.",
                "Somebody may stand between, or the machine was set up anew. " + compare
                        + " If it is right, set the option " + host.hostKeyOption() + " to the new one.");
    }
}
