package dev.claudevm.workspace;

import dev.claudevm.project.Project;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One isolated place with a copy of a project.
 *
 * @param name what a person called it; null: its id is its name
 * @param branch what was asked for; null: the project's default
 * @param image of the system that it lives in, as it was asked for; null: the provider's default, or none
 * @param reason why it failed or stopped, for people
 * @param todo what to do about {@code reason}
 * @param generation counts its starts
 * @param online its bridge is connected
 * @param steps what was done in its last create, start, stop or delete, oldest first
 * @param idle when it stops by itself
 * @param warnings what a person should know before they trust it with work
 * @param copyOf the workspace with whose files it began; null: those of its project
 */
public record Workspace(
        WorkspaceId id,
        Project project,
        @Nullable String name,
        String provider,
        @Nullable String branch,
        @Nullable String image,
        WorkspaceState state,
        @Nullable String reason,
        @Nullable String todo,
        long generation,
        boolean online,
        List<Step> steps,
        Idle idle,
        List<String> warnings,
        @Nullable WorkspaceId copyOf,
        Instant createdAt,
        Instant updatedAt) {

    /**
     * When a workspace stops by itself.
     *
     * @param after so long in which nobody needs it; zero: never
     * @param minutes what was set for this workspace; 0: never; null: its project or the server decides
     * @param projectMinutes what was set for its project, likewise
     * @param keepAwakeUntil it does not stop by itself before then
     * @param rested it has stopped by itself: whatever a person does in it starts it again
     */
    public record Idle(
            Duration after,
            @Nullable Integer minutes,
            @Nullable Integer projectMinutes,
            @Nullable Instant keepAwakeUntil,
            boolean rested) {

        /** @return for people: {@code 15 min}, {@code 4 h}, {@code 3 days} */
        public static String words(Duration time) {
            if (time.toMinutes() < 1) {
                return time.toSeconds() + " s";
            }
            if (time.toMinutes() % 60 != 0 && time.toHours() < 2) {
                return time.toMinutes() + " min";
            }
            return time.toHours() < 48 ? time.toHours() + " h" : time.toDays() + " days";
        }
    }

    /**
     * A step of long work.
     *
     * @param step for people; one of a kind in a piece of work
     * @param detail a figure, for example {@code 102 of 250 MB}
     * @param ms how long it took, or takes by now
     */
    public record Step(String step, boolean done, @Nullable String detail, long ms) {}
}
