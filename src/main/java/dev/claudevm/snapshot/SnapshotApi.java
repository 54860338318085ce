package dev.claudevm.snapshot;

import dev.claudevm.problem.Problem;
import dev.claudevm.protocol.Snapshots.LeftOut;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import dev.claudevm.workspace.WorkspaceState;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Snapshots over REST. */
@RestController
@RequestMapping("/api/v1/workspaces/{id}/snapshots")
class SnapshotApi {

    private final Snapshots snapshots;
    private final Making making;
    private final WorkspaceService workspaces;
    private final SnapshotFiles files;

    SnapshotApi(Snapshots snapshots, Making making, WorkspaceService workspaces, SnapshotFiles files) {
        this.snapshots = snapshots;
        this.making = making;
        this.workspaces = workspaces;
        this.files = files;
    }

    /** A snapshot on the wire. */
    record View(
            String id,
            String why,
            String state,
            @Nullable String resticId,
            long files,
            long bytes,
            long added,
            List<LeftOut> leftOut,
            List<String> unread,
            @Nullable String error,
            @Nullable String todo,
            Instant begunAt,
            @Nullable Instant endedAt) {

        static View of(Snapshot s) {
            return new View(
                    s.id(),
                    s.why().word(),
                    s.state().word(),
                    s.resticId(),
                    s.files(),
                    s.bytes(),
                    s.added(),
                    s.leftOut(),
                    s.unread(),
                    s.error(),
                    s.todo(),
                    s.begunAt(),
                    s.endedAt());
        }
    }

    @GetMapping
    Map<String, List<View>> list(@PathVariable String id) {
        WorkspaceId workspace = WorkspaceId.parse(id);
        var _ = workspaces.get(workspace);
        return Map.of(
                "snapshots", snapshots.of(workspace).stream().map(View::of).toList());
    }

    /** Makes the workspace anew with what was in the snapshot, and starts it. */
    @PostMapping("/{snapshot}/restore")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Map<String, String> restore(
            @PathVariable String id,
            @PathVariable String snapshot,
            @RequestParam(defaultValue = "false") boolean force) {
        WorkspaceId workspace = WorkspaceId.parse(id);
        boolean nothingThere = workspaces.get(workspace).state() == WorkspaceState.DELETED;
        snapshots.restorable(workspace, snapshot, force || nothingThere);
        return Map.of(
                "id",
                id,
                "state",
                workspaces.restore(workspace, snapshot).state().word());
    }

    /** @param path of the project, or of the home when it begins with {@code ~/} */
    @GetMapping("/{snapshot}/files")
    SnapshotFiles.Folder files(
            @PathVariable String id, @PathVariable String snapshot, @RequestParam(defaultValue = "") String path) {
        return files.list(WorkspaceId.parse(id), snapshot, path);
    }

    /** A file's bytes, or a folder as a tar. @throws IOException in the middle: then the answer is cut off */
    @GetMapping("/{snapshot}/content")
    void content(
            @PathVariable String id,
            @PathVariable String snapshot,
            @RequestParam String path,
            HttpServletResponse response)
            throws IOException {
        SnapshotFiles.Found found = files.find(WorkspaceId.parse(id), snapshot, path);
        boolean file = found.entry().type().equals("file");
        response.setContentType(file ? "application/octet-stream" : "application/x-tar");
        response.setHeader("Content-Disposition", "attachment");
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Cache-Control", "no-store");
        if (file) {
            response.setContentLengthLong(found.entry().size());
        }
        files.write(found, response.getOutputStream());
    }

    @PostMapping
    @ResponseStatus(HttpStatus.ACCEPTED)
    View create(@PathVariable String id) {
        WorkspaceId workspace = WorkspaceId.parse(id);
        if (workspaces.get(workspace).state() != WorkspaceState.RUNNING) {
            throw Problem.conflict(
                    "Workspace \"" + id + "\" is not running.",
                    "Start it first. What it had when it stopped is in its newest snapshot.");
        }
        return View.of(making.request(workspace));
    }
}
