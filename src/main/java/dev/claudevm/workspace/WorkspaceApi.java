package dev.claudevm.workspace;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Workspaces over REST. What takes long answers 202 at once; the workspace's state and steps tell the rest. */
@RestController
@RequestMapping("/api/v1")
class WorkspaceApi {

    private final WorkspaceService workspaces;

    WorkspaceApi(WorkspaceService workspaces) {
        this.workspaces = workspaces;
    }

    /** A workspace on the wire. */
    record View(
            String id,
            @Nullable String name,
            String project,
            String source,
            String provider,
            @Nullable String branch,
            @Nullable String image,
            String state,
            @Nullable String reason,
            @Nullable String todo,
            boolean online,
            long generation,
            List<Workspace.Step> steps,
            Idle idle,
            List<String> warnings,
            @Nullable String copyOf,
            Keeper.@Nullable Kept kept,
            Instant createdAt,
            Instant updatedAt) {

        static View of(Workspace w, Keeper.@Nullable Kept kept) {
            return new View(
                    w.id().value(),
                    w.name(),
                    w.project().name(),
                    w.project().source(),
                    w.provider(),
                    w.branch(),
                    w.image(),
                    w.state().word(),
                    w.reason(),
                    w.todo(),
                    w.online(),
                    w.generation(),
                    w.steps(),
                    Idle.of(w.idle()),
                    w.warnings(),
                    Optional.ofNullable(w.copyOf()).map(WorkspaceId::value).orElse(null),
                    kept,
                    w.createdAt(),
                    w.updatedAt());
        }
    }

    /**
     * When it stops by itself.
     *
     * @param afterSeconds without use; 0: never
     * @param minutes of this workspace; null: nothing of its own
     * @param rested it did; opening a terminal or a file starts it
     */
    record Idle(
            long afterSeconds,
            @Nullable Integer minutes,
            @Nullable Integer projectMinutes,
            @Nullable Instant keepAwakeUntil,
            boolean rested) {

        static Idle of(Workspace.Idle idle) {
            return new Idle(
                    idle.after().toSeconds(),
                    idle.minutes(),
                    idle.projectMinutes(),
                    idle.keepAwakeUntil(),
                    idle.rested());
        }
    }

    private View view(Workspace workspace) {
        return View.of(workspace, workspaces.kept(workspace.id()).orElse(null));
    }

    @GetMapping("/workspaces")
    Map<String, List<View>> list(@RequestParam(defaultValue = "false") boolean deleted) {
        List<Workspace> wanted = deleted ? workspaces.deleted() : workspaces.list();
        return Map.of("workspaces", wanted.stream().map(this::view).toList());
    }

    /** @param id made by the client; the same wish with the same id is answered with the same workspace */
    record Wish(
            @Nullable String id,
            @Nullable String source,
            @Nullable String provider,
            @Nullable String branch,
            @Nullable String image,
            @Nullable String name) {}

    @PostMapping("/workspaces")
    @ResponseStatus(HttpStatus.ACCEPTED)
    View create(@RequestBody Wish wish) {
        return view(workspaces.create(
                new NewWorkspace(wish.source(), wish.provider(), wish.branch(), wish.image(), wish.name()), wish.id()));
    }

    @GetMapping("/workspaces/{id}")
    View get(@PathVariable String id) {
        return view(workspaces.get(WorkspaceId.parse(id)));
    }

    @PostMapping("/workspaces/{id}/up")
    @ResponseStatus(HttpStatus.ACCEPTED)
    View up(@PathVariable String id) {
        return view(workspaces.up(WorkspaceId.parse(id)));
    }

    @PostMapping("/workspaces/{id}/down")
    @ResponseStatus(HttpStatus.ACCEPTED)
    View down(@PathVariable String id, @RequestParam(defaultValue = "false") boolean force) {
        return view(workspaces.down(WorkspaceId.parse(id), force));
    }

    /** @param minutes without use, 0: never, null: as project or server say. @param project for all of the project */
    record IdleWish(@Nullable Integer minutes, boolean project) {}

    @PutMapping("/workspaces/{id}/idle")
    View idle(@PathVariable String id, @RequestBody IdleWish wish) {
        return view(workspaces.idleMinutes(WorkspaceId.parse(id), wish.minutes(), wish.project()));
    }

    /** @param until null: not any longer */
    record AwakeWish(@Nullable Instant until) {}

    @PutMapping("/workspaces/{id}/keep-awake")
    View keepAwake(@PathVariable String id, @RequestBody AwakeWish wish) {
        return view(workspaces.keepAwake(WorkspaceId.parse(id), wish.until()));
    }

    @DeleteMapping("/workspaces/{id}")
    @ResponseStatus(HttpStatus.ACCEPTED)
    View delete(
            @PathVariable String id,
            @RequestParam(defaultValue = "false") boolean purge,
            @RequestParam(defaultValue = "false") boolean force) {
        return view(workspaces.delete(WorkspaceId.parse(id), purge, force));
    }
}
