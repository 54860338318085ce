package dev.claudevm.workspace;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Does what is written in {@link WorkspaceRepository.Row#work}, one call at a time a workspace, each in a virtual thread.
 * That only one runs is a matter of this process; what is to be done is in the database and survives it.
 */
@Component
class Lifecycle {

    private static final Logger log = LoggerFactory.getLogger(Lifecycle.class);

    private final WorkspaceRepository workspaces;
    private final Labour labour;
    private final Map<WorkspaceId, Lane> lanes = new ConcurrentHashMap<>();

    Lifecycle(WorkspaceRepository workspaces, Labour labour) {
        this.workspaces = workspaces;
        this.labour = labour;
    }

    /** Guarded by the map's lock on its key. */
    private static final class Lane {
        private boolean again;
    }

    /** Work was written down for it. */
    void wake(WorkspaceId id) {
        lanes.compute(id, (key, lane) -> {
            if (lane != null) {
                lane.again = true;
                return lane;
            }
            Lane fresh = new Lane();
            Thread.ofVirtual().name("workspace-" + id).start(() -> run(id, fresh));
            return fresh;
        });
    }

    /** What was begun by a process that is gone goes on. */
    void resume() {
        workspaces.unfinished().forEach(this::wake);
    }

    private void run(WorkspaceId id, Lane lane) {
        do {
            try {
                workspaces.find(id).ifPresent(row -> {
                    if (row.work() != null) {
                        labour.perform(row, row.work());
                    }
                });
            } catch (RuntimeException e) {
                log.error("{}: its work failed", id, e);
            }
        } while (lanes.compute(id, (key, current) -> {
                    boolean again = lane.again;
                    lane.again = false;
                    return again ? lane : null;
                })
                != null);
    }
}
