package dev.claudevm.preview;

import dev.claudevm.access.Caller;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.util.UriComponentsBuilder;

/** The door to previews on the product's own origin, where the browser has its login. */
@Controller
class PreviewController {

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    private final WorkspaceService workspaces;
    private final PreviewSettings settings;
    private final Passes passes;

    PreviewController(WorkspaceService workspaces, PreviewSettings settings, Passes passes) {
        this.workspaces = workspaces;
        this.settings = settings;
        this.passes = passes;
    }

    /** Leads to the preview, with a ticket. Whatever follows in the path and query is opened there. */
    @GetMapping({"/preview/{workspace}/{port}", "/preview/{workspace}/{port}/**"})
    void open(
            @PathVariable String workspace,
            @PathVariable String port,
            @AuthenticationPrincipal Caller caller,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        if (!port.matches("[1-9]\\d{0,4}") || !PreviewName.isPort(Integer.parseInt(port))) {
            PreviewPage.BAD_PORT.answer(response, port);
            return;
        }
        PreviewName preview = new PreviewName(
                workspaces.get(WorkspaceId.parse(workspace)).id().value(), Integer.parseInt(port));
        if (caller.kind() != Caller.Kind.DEVICE) {
            PreviewPage.BROWSERS_ONLY.answer(response);
            return;
        }
        UriComponentsBuilder origin = settings.publicUrl() == null
                ? UriComponentsBuilder.newInstance().scheme(request.getScheme()).port(port(request))
                : UriComponentsBuilder.fromUriString(settings.publicUrl());
        if (settings.domain() == null && !LOOPBACK.contains(request.getServerName())) {
            PreviewPage.NO_DOMAIN.answer(response, request.getServerName());
            return;
        }
        String prefix = "/preview/" + workspace + "/" + port;
        String path = request.getRequestURI().substring(prefix.length());
        String query = request.getQueryString();
        String target = (path.isEmpty() ? "/" : path) + (query == null ? "" : "?" + query);
        String url = origin.host(preview.label() + "." + settings.effectiveDomain())
                .path(PreviewFilter.ENTRANCE)
                .queryParam("ticket", passes.ticket(caller.credentialId(), preview))
                .queryParam("to", "{to}")
                .encode()
                .buildAndExpand(target)
                .toUriString();
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        response.setHeader(HttpHeaders.LOCATION, url);
        response.setStatus(HttpStatus.SEE_OTHER.value());
    }

    private static int port(HttpServletRequest request) {
        int port = request.getServerPort();
        boolean usual = port == (request.isSecure() ? 443 : 80);
        return usual ? -1 : port;
    }
}
