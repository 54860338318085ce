package dev.claudevm.workspace;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A part of the product that may need a workspace for longer than a moment: while one does, the workspace is not put to rest. */
@FunctionalInterface
public interface WorkspaceUse {

    /**
     * @param now what it is needed for at this moment, for people, for example {@code an agent works}; null: for nothing
     * @param last when it was needed last, as far as that is known
     */
    record Need(@Nullable String now, @Nullable Instant last) {}

    /** May read the database; asked about once a minute for each running workspace. */
    Need of(WorkspaceId workspace);
}
