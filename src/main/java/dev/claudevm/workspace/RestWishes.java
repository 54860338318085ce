package dev.claudevm.workspace;

import dev.claudevm.problem.Problem;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/** What people say about when a workspace may be put to rest: checked and written down; {@link IdleStop} goes by it. */
@Component
class RestWishes {

    static final int MAX_AWAKE_DAYS = 30;
    static final int MAX_IDLE_MINUTES = 7 * 24 * 60;

    private final WorkspaceRepository workspaces;
    private final IdleStop idle;
    private final ApplicationEventPublisher events;
    private final Clock clock;

    RestWishes(WorkspaceRepository workspaces, IdleStop idle, ApplicationEventPublisher events, Clock clock) {
        this.workspaces = workspaces;
        this.idle = idle;
        this.events = events;
        this.clock = clock;
    }

    /** @throws Problem when that is in the past or more than {@value #MAX_AWAKE_DAYS} days away */
    void keepAwake(WorkspaceId id, @Nullable Instant until) {
        Instant now = clock.instant();
        if (until != null && (!until.isAfter(now) || until.isAfter(now.plus(Duration.ofDays(MAX_AWAKE_DAYS))))) {
            throw Problem.invalid(
                    "A workspace can be kept awake until a time within the next " + MAX_AWAKE_DAYS + " days.",
                    "Give such a time, or let it never stop by itself.");
        }
        workspaces.keepAwake(id, until);
        changed(id);
    }

    /** @throws Problem when that is more than {@value #MAX_IDLE_MINUTES} */
    void idleMinutes(WorkspaceId id, @Nullable Integer minutes) {
        check(minutes);
        workspaces.idleMinutes(id, minutes);
        changed(id);
    }

    /** For all workspaces of its project that have nothing of their own. @throws Problem when that is more than {@value #MAX_IDLE_MINUTES} */
    void projectIdleMinutes(WorkspaceRepository.Row one, @Nullable Integer minutes) {
        check(minutes);
        workspaces.projectIdleMinutes(one.id(), minutes);
        workspaces.alive().stream()
                .filter(other -> other.project().id().equals(one.project().id()))
                .forEach(other -> changed(other.id()));
    }

    private static void check(@Nullable Integer minutes) {
        if (minutes != null && (minutes < 0 || minutes > MAX_IDLE_MINUTES)) {
            throw Problem.invalid(
                    "A workspace stops after 1 to " + MAX_IDLE_MINUTES + " minutes without use, or never (0).",
                    "Give such a number.");
        }
    }

    private void changed(WorkspaceId id) {
        idle.changed(id);
        events.publishEvent(new WorkspaceChanged(id));
    }
}
