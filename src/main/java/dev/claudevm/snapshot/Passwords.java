package dev.claudevm.snapshot;

import dev.claudevm.secret.Secrets;
import dev.claudevm.workspace.WorkspaceId;
import java.security.SecureRandom;
import java.util.Base64;
import org.springframework.stereotype.Component;

/** The password of each workspace's repository: made here, kept encrypted, handed to its bridge when there is something to do. */
@Component
class Passwords {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int BYTES = 32;

    private final Secrets secrets;

    Passwords(Secrets secrets) {
        this.secrets = secrets;
    }

    private static String name(String workspaceId) {
        return "snapshot." + workspaceId;
    }

    /** @throws Secrets.Unreadable when the key of this installation is not the one that it was kept with */
    synchronized String of(WorkspaceId id) throws Secrets.Unreadable {
        String known = secrets.get(name(id.value())).orElse(null);
        if (known != null) {
            return known;
        }
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        String fresh = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        secrets.put(name(id.value()), fresh);
        return fresh;
    }

    /** Of a repository that comes from elsewhere. */
    void put(WorkspaceId id, String password) {
        secrets.put(name(id.value()), password);
    }

    void forget(String workspaceId) {
        boolean _ = secrets.remove(name(workspaceId));
    }
}
