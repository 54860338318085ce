package dev.claudevm.terminal;

import dev.claudevm.problem.Problem;
import dev.claudevm.workspace.WorkspaceId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Terminals over REST. What is in them goes over web sockets. */
@RestController
@RequestMapping("/api/v1/workspaces/{id}/terminals")
class TerminalApi {

    private final Terminals terminals;

    TerminalApi(Terminals terminals) {
        this.terminals = terminals;
    }

    @GetMapping
    Map<String, List<Terminals.Terminal>> list(@PathVariable String id) {
        return Map.of("terminals", terminals.list(WorkspaceId.parse(id)));
    }

    @PutMapping("/{name}")
    Terminals.Terminal open(@PathVariable String id, @PathVariable String name) {
        return terminals.open(WorkspaceId.parse(id), TerminalName.parse(name));
    }

    record Renamed(@Nullable String name) {}

    @PatchMapping("/{name}")
    Terminals.Terminal rename(@PathVariable String id, @PathVariable String name, @RequestBody Renamed to) {
        if (to.name() == null) {
            throw Problem.malformed("The field \"name\" is missing.", "Send the new name.");
        }
        return terminals.rename(WorkspaceId.parse(id), TerminalName.parse(name), TerminalName.parse(to.name()));
    }

    @DeleteMapping("/{name}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void close(@PathVariable String id, @PathVariable String name) {
        terminals.close(WorkspaceId.parse(id), TerminalName.parse(name));
    }
}
