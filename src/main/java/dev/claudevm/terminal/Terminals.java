package dev.claudevm.terminal;

import dev.claudevm.gateway.BridgeException;
import dev.claudevm.gateway.WorkspaceSsh;
import dev.claudevm.problem.Problem;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.springframework.stereotype.Service;

/** The terminals of a workspace, as tmux knows them. There is no record of them here: what runs is what there is. */
@Service
class Terminals {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String PREFIX = "term-";

    private final WorkspaceSsh ssh;
    private final WorkspaceService workspaces;
    private final TerminalSettings settings;

    Terminals(WorkspaceSsh ssh, WorkspaceService workspaces, TerminalSettings settings) {
        this.ssh = ssh;
        this.workspaces = workspaces;
        this.settings = settings;
    }

    /**
     * A terminal.
     *
     * @param command what runs in it now
     * @param attached how many look at it
     */
    record Terminal(String name, Instant createdAt, int attached, String command) {}

    /** @return oldest first; empty before the first was opened */
    List<Terminal> list(WorkspaceId workspace) {
        List<Terminal> found = new ArrayList<>();
        for (String line : run(workspace, Scripts.list()).text().lines().toList()) {
            String[] fields = line.split("\\" + Scripts.SEPARATOR, 4);
            if (fields.length == 4 && fields[0].startsWith(PREFIX)) {
                try {
                    found.add(new Terminal(
                            TerminalName.parse(fields[0].substring(PREFIX.length()))
                                    .value(),
                            Instant.ofEpochSecond(Long.parseLong(fields[1])),
                            Integer.parseInt(fields[2]),
                            fields[3]));
                } catch (Problem | NumberFormatException e) {
                    // Somebody made it by hand; it is not ours.
                }
            }
        }
        found.sort(Comparator.comparing(Terminal::createdAt).thenComparing(Terminal::name));
        return found;
    }

    /** Makes it; one that is there is left alone. */
    Terminal open(WorkspaceId workspace, TerminalName name) {
        WorkspaceSsh.Answer made = run(workspace, Scripts.make(name, settings.perWorkspace()));
        if (made.exitCode() == Scripts.TOO_MANY) {
            throw Problem.conflict(
                    "Workspace \"" + workspace + "\" has " + settings.perWorkspace() + " terminals, which is the most.",
                    "Close one of them.");
        }
        return list(workspace).stream()
                .filter(terminal -> terminal.name().equals(name.value()))
                .findFirst()
                .orElseThrow(() -> Problem.unavailable(
                        "The terminal could not be opened: " + made.text().strip(),
                        "See that tmux and bash are installed in the workspace."));
    }

    Terminal rename(WorkspaceId workspace, TerminalName from, TerminalName to) {
        Terminal known = get(workspace, from);
        if (from.equals(to)) {
            return known;
        }
        WorkspaceSsh.Answer answer = run(workspace, Scripts.rename(from, to));
        if (answer.exitCode() != 0) {
            throw Problem.conflict("There is a terminal \"" + to + "\" already.", "Take another name.");
        }
        return get(workspace, to);
    }

    /** Ends what runs in it. One that is not there is as good as closed. */
    void close(WorkspaceId workspace, TerminalName name) {
        run(workspace, Scripts.close(name));
    }

    private Terminal get(WorkspaceId workspace, TerminalName name) {
        return list(workspace).stream()
                .filter(terminal -> terminal.name().equals(name.value()))
                .findFirst()
                .orElseThrow(() -> Problem.unknown(
                        "Workspace \"" + workspace + "\" has no terminal \"" + name + "\".",
                        "Open it, or see the list."));
    }

    private WorkspaceSsh.Answer run(WorkspaceId id, String script) {
        var workspace = workspaces.get(id);
        if (!workspace.online()) {
            throw Problem.conflict(
                    "Workspace \"" + id + "\" is " + workspace.state().word() + ".",
                    "Start it: claude-vm workspace up " + id);
        }
        try {
            return ssh.run(id.value(), script, PATIENCE);
        } catch (BridgeException e) {
            throw Problem.unavailable(String.valueOf(e.getMessage()), "Try it again when the workspace is online.");
        }
    }
}
