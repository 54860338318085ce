package dev.claudevm.backup;

import dev.claudevm.problem.Problem;
import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceId;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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

/** Backups over REST. */
@RestController
@RequestMapping("/api/v1")
class BackupApi {

    private final Exporting exporting;
    private final Importing importing;

    BackupApi(Exporting exporting, Importing importing) {
        this.exporting = exporting;
        this.importing = importing;
    }

    /** @throws IOException when it fails in the middle: then the answer is cut off, and nobody takes it for a whole one */
    @GetMapping("/workspaces/{id}/backup")
    void backup(@PathVariable String id, HttpServletResponse response) throws IOException {
        try (Exporting.Ready ready = exporting.ready(WorkspaceId.parse(id))) {
            response.setContentType("application/zstd");
            response.setHeader("Content-Disposition", "attachment; filename=\"" + id + ".tar.zst\"");
            response.setHeader("Cache-Control", "no-store");
            exporting.write(ready, response.getOutputStream());
        }
    }

    @PostMapping("/backups")
    @ResponseStatus(HttpStatus.CREATED)
    Map<String, String> restore(@RequestParam @Nullable String provider, HttpServletRequest request)
            throws IOException {
        InputStream body = request.getInputStream();
        try {
            Workspace workspace = importing.read(open(body), provider);
            return Map.of(
                    "id", workspace.id().value(), "state", workspace.state().word());
        } catch (Problem refused) {
            // Who still sends hears no answer.
            body.transferTo(OutputStream.nullOutputStream());
            throw refused;
        }
    }

    /** @return the same, which stays open when it is closed */
    private static InputStream open(InputStream body) {
        return new FilterInputStream(body) {
            @Override
            public void close() {
                // The rest is read by us.
            }

            @Override
            public int read(byte[] buffer, int from, int length) throws IOException {
                return in.read(buffer, from, length);
            }
        };
    }
}
