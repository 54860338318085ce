package dev.claudevm.files;

import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.BridgeException;
import dev.claudevm.gateway.Gateway;
import dev.claudevm.problem.Problem;
import dev.claudevm.protocol.Json;
import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Hands requests on to a workspace's bridge, and its answers back, as they come: nothing is held here but a buffer. When
 * either side leaves, the other is let go. What the bridge refuses becomes a problem document. Threads are virtual: they wait.
 */
@Component
class Relay {

    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int MAX_REFUSAL_BYTES = 64 * 1024;
    private static final List<String> ASKED = List.of("Range", "If-Range", "If-Match", "If-None-Match");
    private static final List<String> ANSWERED = List.of(
            "Content-Type",
            "ETag",
            "Accept-Ranges",
            "Content-Range",
            "Content-Disposition",
            "Cache-Control",
            "Content-Length");

    /** A workspace's file is somebody else's page: it runs no script here, and loads nothing. */
    private static final String POLICY =
            "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'";

    private final WorkspaceService workspaces;
    private final Gateway gateway;

    Relay(WorkspaceService workspaces, Gateway gateway) {
        this.workspaces = workspaces;
        this.gateway = gateway;
    }

    static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** @param path below the bridge's {@code /v1}, encoded */
    void pass(String workspace, String path, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        BridgeClient bridge = bridge(workspace);
        String query = request.getQueryString();
        Map<String, String> headers = new LinkedHashMap<>();
        for (String name : ASKED) {
            String value = request.getHeader(name);
            if (value != null) {
                headers.put(name, value);
            }
        }
        HttpResponse<InputStream> answer;
        try {
            answer = bridge.relay(
                    request.getMethod(), "/v1" + path + (query == null ? "" : "?" + query), headers, body(request));
        } catch (BridgeException e) {
            throw Problem.unavailable(
                    "The workspace was cut off: " + e.getMessage(), "Wait until it is connected, then do it again.");
        } catch (IllegalArgumentException e) {
            throw Problem.malformed(
                    "The request's parameters cannot be read.", "Encode each value as encodeURIComponent does.");
        }
        try (InputStream in = answer.body()) {
            if (answer.statusCode() >= 400) {
                refuse(answer.statusCode(), in, response);
            } else {
                copy(answer, in, response);
            }
        }
    }

    private BridgeClient bridge(String id) {
        Workspace workspace = workspaces.get(WorkspaceId.parse(id));
        workspaces.used(workspace.id());
        return gateway.bridge(workspace.id().value())
                .orElseThrow(() -> Problem.unavailable(
                        "Workspace \"" + id + "\" is " + workspace.state().word() + ", so its files are not to be had.",
                        "Start it, then do it again."));
    }

    private static BodyPublisher body(HttpServletRequest request) {
        long length = request.getContentLengthLong();
        if (length == 0 || (length < 0 && request.getHeader("Transfer-Encoding") == null)) {
            return BodyPublishers.noBody();
        }
        BodyPublisher stream = BodyPublishers.ofInputStream(() -> {
            try {
                return request.getInputStream();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return length < 0 ? stream : BodyPublishers.fromPublisher(stream, length);
    }

    private static void copy(HttpResponse<InputStream> answer, InputStream in, HttpServletResponse response)
            throws IOException {
        response.setStatus(answer.statusCode());
        for (String name : ANSWERED) {
            answer.headers().firstValue(name).ifPresent(value -> response.setHeader(name, value));
        }
        if (!answer.headers().firstValue("Content-Type").orElse("").startsWith("application/json")) {
            response.setHeader("Content-Security-Policy", POLICY);
            response.setHeader("X-Content-Type-Options", "nosniff");
        }
        OutputStream out = response.getOutputStream();
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            out.write(buffer, 0, n);
            if (in.available() == 0) {
                out.flush();
            }
        }
    }

    private static void refuse(int status, InputStream in, HttpServletResponse response) throws IOException {
        ObjectNode problem = Json.MAPPER.createObjectNode();
        // 401: it has not read the welcome with our token yet.
        int told = status == HttpStatus.UNAUTHORIZED.value() || status == HttpStatus.INTERNAL_SERVER_ERROR.value()
                ? HttpStatus.SERVICE_UNAVAILABLE.value()
                : status;
        HttpStatus known = HttpStatus.resolve(told);
        problem.put("title", known == null ? "Refused" : known.getReasonPhrase());
        problem.put("status", told);
        problem.put("detail", "The workspace refused.");
        problem.put("todo", "Try again in a moment.");
        try {
            JsonNode said = Json.MAPPER.readTree(in.readNBytes(MAX_REFUSAL_BYTES));
            said.propertyStream()
                    .forEach(p -> problem.set(p.getKey().equals("error") ? "detail" : p.getKey(), p.getValue()));
        } catch (JacksonException e) {
            // Then the status is all there is.
        }
        response.setStatus(told);
        response.setContentType("application/problem+json");
        response.getOutputStream().write(Json.MAPPER.writeValueAsBytes(problem));
    }
}
