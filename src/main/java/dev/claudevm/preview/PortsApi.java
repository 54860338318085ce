package dev.claudevm.preview;

import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.BridgeException;
import dev.claudevm.gateway.Gateway;
import dev.claudevm.problem.Problem;
import dev.claudevm.protocol.Bridge.ListeningPort;
import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** What listens in a workspace. */
@RestController
class PortsApi {

    private final WorkspaceService workspaces;
    private final Gateway gateway;

    PortsApi(WorkspaceService workspaces, Gateway gateway) {
        this.workspaces = workspaces;
        this.gateway = gateway;
    }

    /** @param ports by number */
    record Ports(List<Port> ports) {}

    /** @param path where the browser opens it, on the product's own origin */
    record Port(int port, String program, String command, String path) {

        static Port of(String workspace, ListeningPort found) {
            return new Port(
                    found.port(), found.program(), found.command(), "/preview/" + workspace + "/" + found.port() + "/");
        }
    }

    @GetMapping("/api/v1/workspaces/{id}/ports")
    Ports ports(@PathVariable String id) {
        Workspace workspace = workspaces.get(WorkspaceId.parse(id));
        BridgeClient bridge = gateway.bridge(workspace.id().value())
                .orElseThrow(() -> Problem.unavailable(
                        "Workspace \"" + id + "\" is " + workspace.state().word() + ", so nothing listens in it.",
                        "Start it, then do it again."));
        try {
            return new Ports(
                    bridge.ports().stream().map(port -> Port.of(id, port)).toList());
        } catch (BridgeException e) {
            throw Problem.unavailable(
                    "The workspace was cut off: " + e.getMessage(), "Wait until it is connected, then do it again.");
        }
    }
}
