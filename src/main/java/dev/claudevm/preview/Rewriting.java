package dev.claudevm.preview;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.jspecify.annotations.Nullable;

/**
 * The two names of one preview. What listens in the workspace is spoken to as {@code localhost:<port>}, because programs in
 * development refuse other names; where it says that name in answer, the browser gets its own.
 */
final class Rewriting {

    /** Of one connection (RFC 9110, section 7.6.1), and what only the first proxy may say. */
    private static final Set<String> NOT_PASSED_ON = Set.of(
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authorization",
            "proxy-authenticate",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "expect",
            "content-length",
            "host",
            "cookie",
            "origin",
            "referer",
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-port",
            "x-forwarded-proto");

    /** What would bind more than this preview: other ports of the name, the browser's way here, the login's cookie. */
    private static final Set<String> NOT_PASSED_BACK = Set.of(
            "connection",
            "keep-alive",
            "proxy-authenticate",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "content-length",
            "strict-transport-security",
            "alt-svc",
            "clear-site-data");

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]", "0.0.0.0");
    private static final String OURS = "claude_vm_";

    private final PreviewName preview;
    private final PreviewSettings settings;
    private final HttpServletRequest request;
    private final @Nullable String upgrade;

    Rewriting(PreviewName preview, PreviewSettings settings, HttpServletRequest request) {
        this.preview = preview;
        this.settings = settings;
        this.request = request;
        String connection = String.join(",", Collections.list(request.getHeaders("Connection")));
        this.upgrade = connection.toLowerCase(Locale.ROOT).contains("upgrade") ? request.getHeader("Upgrade") : null;
    }

    /** The body comes without its length. */
    boolean isChunked() {
        return request.getContentLengthLong() < 0 && request.getHeader("Transfer-Encoding") != null;
    }

    /** @return the request's line and headers, with the empty line behind them */
    String head() {
        String query = request.getQueryString();
        StringBuilder head = new StringBuilder(request.getMethod())
                .append(' ')
                .append(request.getRequestURI())
                .append(query == null ? "" : "?" + query)
                .append(" HTTP/1.1\r\n");
        line(head, "Host", "localhost:" + preview.port());
        Set<String> hidden = new HashSet<>(NOT_PASSED_ON);
        Collections.list(request.getHeaders("Connection"))
                .forEach(value -> List.of(value.split(",")).forEach(name -> hidden.add(lower(name.strip()))));
        for (String name : Collections.list(request.getHeaderNames())) {
            if (!hidden.contains(lower(name))) {
                Collections.list(request.getHeaders(name)).forEach(value -> line(head, name, value));
            }
        }
        line(head, "Cookie", cookies());
        line(head, "Origin", inside(request.getHeader("Origin")));
        line(head, "Referer", inside(request.getHeader("Referer")));
        line(head, "X-Forwarded-For", request.getRemoteAddr());
        line(head, "X-Forwarded-Host", request.getHeader("Host"));
        line(head, "X-Forwarded-Proto", request.getScheme());
        line(head, "Connection", upgrade == null ? "close" : "Upgrade");
        line(head, "Upgrade", upgrade);
        if (isChunked()) {
            line(head, "Transfer-Encoding", "chunked");
        } else if (request.getContentLengthLong() >= 0) {
            line(head, "Content-Length", String.valueOf(request.getContentLengthLong()));
        }
        return head.append("\r\n").toString();
    }

    /** Hands on the headers, without those about the body's length. */
    void answer(ClassicHttpResponse answer, HttpServletResponse response) {
        for (Header header : answer.getHeaders()) {
            String name = lower(header.getName());
            String value = header.getValue() == null ? "" : header.getValue();
            switch (name) {
                case "location", "content-location" -> response.addHeader(header.getName(), outside(value));
                case "set-cookie" -> {
                    if (!lower(value).startsWith(OURS)) {
                        response.addHeader(header.getName(), withoutDomain(value));
                    }
                }
                default -> {
                    if (!NOT_PASSED_BACK.contains(name)) {
                        response.addHeader(header.getName(), value);
                    }
                }
            }
        }
        if (upgrade != null && answer.getCode() == HttpServletResponse.SC_SWITCHING_PROTOCOLS) {
            response.setHeader("Upgrade", upgrade);
            response.setHeader("Connection", "Upgrade");
        }
    }

    private static void line(StringBuilder head, String name, @Nullable String value) {
        if (value != null) {
            head.append(name).append(": ").append(value).append("\r\n");
        }
    }

    /** The program's own cookies; ours open doors. */
    private @Nullable String cookies() {
        List<String> kept = new ArrayList<>();
        for (String header : Collections.list(request.getHeaders("Cookie"))) {
            for (String cookie : header.split(";")) {
                if (!cookie.isBlank() && !cookie.strip().startsWith(OURS)) {
                    kept.add(cookie.strip());
                }
            }
        }
        return kept.isEmpty() ? null : String.join("; ", kept);
    }

    /** @return a URL of a preview of this workspace as the program knows it; others as they are */
    private @Nullable String inside(@Nullable String url) {
        URI uri = parsed(url);
        if (uri == null || uri.getHost() == null) {
            return url;
        }
        return PreviewName.of(uri.getHost(), settings.effectiveDomain())
                .filter(other -> other.workspace().equals(preview.workspace()))
                .map(other -> "http://localhost:" + other.port() + rest(uri))
                .orElse(url);
    }

    /** @return a URL of the workspace's loopback as the browser knows it; others as they are */
    private String outside(String url) {
        URI uri = parsed(url);
        if (uri == null || uri.getHost() == null || !LOOPBACK.contains(uri.getHost()) || uri.getPort() < 1) {
            return url;
        }
        String label = new PreviewName(preview.workspace(), uri.getPort()).label();
        String host = request.getHeader("Host");
        int colon = host == null ? -1 : host.lastIndexOf(':');
        String port = colon < 0 ? "" : host.substring(colon);
        return request.getScheme() + "://" + label + "." + settings.effectiveDomain() + port + rest(uri);
    }

    private static String rest(URI uri) {
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        return path
                + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery())
                + (uri.getRawFragment() == null ? "" : "#" + uri.getRawFragment());
    }

    private static @Nullable URI parsed(@Nullable String url) {
        try {
            return url == null ? null : URI.create(url);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** A cookie for the whole domain would go to every preview, and to the product. */
    private static String withoutDomain(String cookie) {
        StringBuilder kept = new StringBuilder();
        for (String part : cookie.split(";")) {
            if (!lower(part.strip()).startsWith("domain=")) {
                kept.append(kept.isEmpty() ? "" : ";").append(part);
            }
        }
        return kept.toString();
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
