package dev.claudevm.snapshot;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The open grants of this process: one ends with the work that it was made for, at the latest with the server. */
@Component
class Grants {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int BYTES = 24;

    private final Map<String, Grant> open = new ConcurrentHashMap<>();

    Grant open(String workspaceId, Grant.Rights rights) {
        return open(workspaceId, workspaceId, rights);
    }

    /** What a workspace may in the repository of another one. */
    Grant toRead(String workspaceId, String visitor) {
        return open(workspaceId, visitor, Grant.Rights.READ);
    }

    private Grant open(String workspaceId, String visitor, Grant.Rights rights) {
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        Grant grant = new Grant(workspaceId, visitor, rights, HexFormat.of().formatHex(bytes), new Seen());
        open.put(grant.secret(), grant);
        return grant;
    }

    /** @return what a snapshot that is being made of that workspace has met so far */
    Optional<Seen> making(String workspaceId) {
        return open.values().stream()
                .filter(grant -> grant.workspaceId().equals(workspaceId) && grant.rights() == Grant.Rights.APPEND)
                .map(Grant::seen)
                .findFirst();
    }

    /** Whoever works under it is refused from now on. */
    void close(Grant grant) {
        open.remove(grant.secret());
    }

    /** @return the grant of that secret that is for that workspace; null: there is none */
    @Nullable
    Grant find(String visitor, String secret) {
        Grant grant = open.get(secret);
        return grant != null && grant.visitor().equals(visitor) ? grant : null;
    }
}
