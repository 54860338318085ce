package dev.claudevm.workspace;

import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/** How far a {@link Work} is and how it failed: written down for whoever looks later, and told to whoever looks now. */
@Component
class WorkReports {

    private static final Logger log = LoggerFactory.getLogger(WorkReports.class);

    private final WorkspaceRepository workspaces;
    private final WorkspaceStates states;
    private final Steps steps;
    private final ApplicationEventPublisher events;

    WorkReports(WorkspaceRepository workspaces, WorkspaceStates states, Steps steps, ApplicationEventPublisher events) {
        this.workspaces = workspaces;
        this.states = states;
        this.steps = steps;
        this.events = events;
    }

    /** Thrown out of a work that is not wanted any more: something else is to be done to the workspace. */
    static final class Superseded extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** What was done before is not shown as what is done now. */
    void begun(WorkspaceId id) {
        steps.clear(id);
        changed(id);
    }

    void step(WorkspaceId id, String step, boolean done, @Nullable String detail) {
        steps.step(id, step, done, detail);
        changed(id);
    }

    /** @return one that writes the steps down and is always wanted */
    Progress progress(WorkspaceId id) {
        return (step, done, detail) -> step(id, step, done, detail);
    }

    /** @return one that says when something else is to be done to the workspace */
    Progress progress(WorkspaceId id, Work work) {
        return new Progress() {
            @Override
            public void step(String step, boolean done, @Nullable String detail) {
                WorkReports.this.step(id, step, done, detail);
            }

            @Override
            public boolean wanted() {
                return !superseded(id, work);
            }
        };
    }

    /** @return one that ends the work at its next step, by {@link Superseded}, when something else is to be done */
    Progress whileWanted(WorkspaceId id, Work work) {
        Progress shown = progress(id, work);
        return new Progress() {
            @Override
            public void step(String step, boolean done, @Nullable String detail) {
                shown.step(step, done, detail);
                if (!wanted()) {
                    throw new Superseded();
                }
            }

            @Override
            public boolean wanted() {
                return shown.wanted();
            }
        };
    }

    /** @return whether something else is to be done to the workspace by now */
    boolean superseded(WorkspaceId id, Work work) {
        return workspaces.find(id).map(row -> row.work() != work).orElse(true);
    }

    /** It could not be done, and a person is told what to do. */
    void failed(WorkspaceId id, Work work, ProviderException failure) {
        log.warn("{}: {} failed: {}", id, work.word(), failure.getMessage());
        states.finish(id, work, WorkspaceState.FAILED, failure.getMessage(), failure.todo());
    }

    /** It could not be done, by a fault of the server's own. */
    void failed(WorkspaceId id, Work work, RuntimeException failure) {
        log.error("{}: {} failed", id, work.word(), failure);
        states.finish(
                id,
                work,
                WorkspaceState.FAILED,
                "The server failed in the middle of it: " + failure.getMessage(),
                "Try again; the server's log has the cause.");
    }

    /** Tells everybody who shows it. */
    void changed(WorkspaceId id) {
        events.publishEvent(new WorkspaceChanged(id));
    }
}
