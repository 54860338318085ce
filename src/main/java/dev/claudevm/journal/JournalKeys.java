package dev.claudevm.journal;

import dev.claudevm.secret.Secrets;
import dev.claudevm.workspace.WorkspaceId;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.stereotype.Component;

/** The key with which a workspace's segments are sealed: made here, kept encrypted in the database. */
@Component
class JournalKeys {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int BYTES = 32;

    private final Secrets secrets;

    JournalKeys(Secrets secrets) {
        this.secrets = secrets;
    }

    private static String name(String workspaceId) {
        return "journal." + workspaceId;
    }

    /** @throws Secrets.Unreadable when the key of this installation is not the one that it was kept with */
    synchronized SecretKey of(WorkspaceId id) throws Secrets.Unreadable {
        String known = secrets.get(name(id.value())).orElse(null);
        if (known != null) {
            return new SecretKeySpec(Base64.getDecoder().decode(known), "AES");
        }
        byte[] fresh = new byte[BYTES];
        RANDOM.nextBytes(fresh);
        secrets.put(name(id.value()), Base64.getEncoder().encodeToString(fresh));
        return new SecretKeySpec(fresh, "AES");
    }

    void forget(String workspaceId) {
        boolean _ = secrets.remove(name(workspaceId));
    }
}
