package dev.claudevm.workspace;

import dev.claudevm.project.Project;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A workspace that comes from elsewhere. It begins stopped.
 *
 * @param snapshot what its first start brings into it
 */
public record Adopted(
        WorkspaceId id,
        Project project,
        @Nullable String name,
        String provider,
        @Nullable String branch,
        @Nullable String image,
        @Nullable Integer idleMinutes,
        String snapshot,
        Instant createdAt) {}
