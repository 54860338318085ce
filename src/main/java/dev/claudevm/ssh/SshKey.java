package dev.claudevm.ssh;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A key that opens all workspaces of its user.
 *
 * @param type as OpenSSH names it, {@code ssh-ed25519}
 * @param fingerprint {@code SHA256:…}
 * @param lastUsedAt null: never
 */
record SshKey(
        String id,
        String name,
        String type,
        String fingerprint,
        Instant createdAt,
        @Nullable Instant lastUsedAt) {}
