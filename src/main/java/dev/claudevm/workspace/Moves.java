package dev.claudevm.workspace;

import dev.claudevm.problem.Problem;
import java.time.Instant;
import org.springframework.stereotype.Component;

/**
 * What is begun with a workspace that there is. Each move is written down before it is acted on: a conditional update says whether it
 * may be, so of two who want different things one gets it; only then the {@link Lifecycle} is told, and what was written down is done
 * even when this server ends in between ({@link Lifecycle#resume}).
 */
@Component
class Moves {

    private final WorkspaceRepository workspaces;
    private final WorkspaceStates states;
    private final Steps steps;
    private final Lifecycle lifecycle;
    private final IdleStop idle;
    private final Keeping keeping;

    Moves(
            WorkspaceRepository workspaces,
            WorkspaceStates states,
            Steps steps,
            Lifecycle lifecycle,
            IdleStop idle,
            Keeping keeping) {
        this.workspaces = workspaces;
        this.states = states;
        this.steps = steps;
        this.lifecycle = lifecycle;
        this.idle = idle;
        this.keeping = keeping;
    }

    /** @throws Problem when it is stopping or deleted, or unknown */
    void up(WorkspaceId id) {
        WorkspaceRepository.Row now = row(id);
        if (begun(id, states.beginUp(id))) {
            return;
        }
        if (states.wakeAfterRest(id)) {
            lifecycle.wake(id);
            return;
        }
        switch (now.state()) {
            case STOPPING ->
                throw Problem.conflict(
                        "Workspace \"" + id + "\" is stopping.", "Wait until it has stopped, then start it.");
            case DELETED ->
                restore(
                        id,
                        keeping.newest(id)
                                .or(() -> workspaces.find(id).map(WorkspaceRepository.Row::forkedSnapshot))
                                .orElseThrow(() -> deleted(id)));
            case CREATING, RUNNING, STOPPED, FAILED -> {}
        }
    }

    /** @throws Problem when it runs, or something else is being done to it */
    void restore(WorkspaceId id, String snapshotId) {
        if (!begun(id, states.beginRestore(id, snapshotId))) {
            throw Problem.conflict(
                    "Workspace \"" + id + "\" is " + row(id).state().word() + ".",
                    "Stop it first: what is in it now is replaced by what was in the snapshot.");
        }
    }

    /** @throws Problem when it is being made, deleted, or unknown */
    void down(WorkspaceId id, boolean kill) {
        WorkspaceRepository.Row now = row(id);
        if (begun(id, kill ? states.beginKill(id) : states.beginDown(id))) {
            return;
        }
        switch (now.state()) {
            case CREATING ->
                throw Problem.conflict(
                        kill ? "Workspace \"" + id + "\" is being made." : "Workspace \"" + id + "\" is being started.",
                        kill ? "Wait until it is made, or delete it." : "Wait until it runs, or stop it by force.");
            case DELETED -> throw deleted(id);
            case RUNNING, STOPPING, STOPPED, FAILED -> {}
        }
    }

    /** @throws Problem when it is unknown */
    void delete(WorkspaceId id, Work work) {
        if (row(id).state() != WorkspaceState.DELETED || work == Work.PURGE) {
            // Whatever is being done to it ends at its next step.
            states.beginDelete(id, work);
            idle.forget(id);
            lifecycle.wake(id);
        }
    }

    /**
     * Something was said to it: it starts when it is stopped.
     *
     * @param saidAt what was said before a person stopped it does not start it again
     * @param afterFailure also when its last work failed
     */
    void startFor(WorkspaceId id, Instant saidAt, boolean afterFailure) {
        WorkspaceRepository.Row row = workspaces.find(id).orElse(null);
        if (row == null
                || (row.downAt() != null && !saidAt.isAfter(row.downAt()))
                || (row.state() == WorkspaceState.FAILED && !afterFailure)) {
            return;
        }
        boolean _ = begun(id, states.beginUp(id));
    }

    /**
     * Only what is written down is acted on, and what was done before is not shown as what is done now.
     *
     * @param written whether the move is written down
     * @return the same
     */
    private boolean begun(WorkspaceId id, boolean written) {
        if (written) {
            steps.clear(id);
            lifecycle.wake(id);
        }
        return written;
    }

    private WorkspaceRepository.Row row(WorkspaceId id) {
        return workspaces.find(id).orElseThrow(() -> WorkspaceId.unknown(id.value()));
    }

    private static Problem deleted(WorkspaceId id) {
        return Problem.conflict(
                "Workspace \"" + id + "\" is deleted, and there is no snapshot of it.",
                "Make a new one of the same project.");
    }
}
