package dev.claudevm.workspace;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A part of the product that may need a workspace for longer than a moment: while one does, the workspace is not put to rest. */
@FunctionalInterface
public interface WorkspaceUse {

    /**
     * May read the database; asked about once a minute for each running workspace.
     *
     * @return when it was needed last: this moment, when it is now; null: never, as far as that is known
     */
    @Nullable
    Instant lastNeeded(WorkspaceId workspace);
}
