package dev.claudevm.preview;

import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseCookie;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Takes every request under a preview's name; nothing of the product is reachable there. Who has a pass goes on to the
 * workspace, whoever comes by a link without one is sent to the product's origin for a ticket.
 */
final class PreviewFilter extends OncePerRequestFilter {

    static final String ENTRANCE = "/.claude-vm/enter";
    static final String COOKIE = "claude_vm_preview";

    private static final Set<String> READS = Set.of("GET", "HEAD");
    private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

    private final PreviewSettings settings;
    private final Passes passes;
    private final PreviewProxy proxy;
    private final WorkspaceService workspaces;

    PreviewFilter(PreviewSettings settings, Passes passes, PreviewProxy proxy, WorkspaceService workspaces) {
        this.settings = settings;
        this.passes = passes;
        this.proxy = proxy;
        this.workspaces = workspaces;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Optional<PreviewName> named = PreviewName.of(request.getServerName(), settings.effectiveDomain());
        if (named.isEmpty()) {
            chain.doFilter(request, response);
            return;
        }
        PreviewName preview = named.get();
        if (request.getRequestURI().equals(ENTRANCE)) {
            enter(preview, request, response);
        } else if (!hasPass(preview, request)) {
            askForTicket(preview, request, response);
        } else if (!comesFromItself(preview, request)) {
            PreviewPage.LOGIN.answer(response);
        } else {
            workspaces.used(new WorkspaceId(preview.workspace()));
            proxy.exchange(preview, request, response);
        }
    }

    private void enter(PreviewName preview, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String to = Objects.requireNonNullElse(request.getParameter("to"), "/");
        Optional<String> pass = passes.pass(Objects.requireNonNullElse(request.getParameter("ticket"), ""), preview);
        if (pass.isEmpty()) {
            PreviewPage.LOGIN.answer(response);
            return;
        }
        response.addHeader(
                HttpHeaders.SET_COOKIE,
                ResponseCookie.from(COOKIE, pass.get())
                        .path("/")
                        .httpOnly(true)
                        .sameSite("Lax")
                        .secure(request.isSecure())
                        .maxAge(settings.passLifetime())
                        .build()
                        .toString());
        response.setHeader("Referrer-Policy", "no-referrer");
        redirect(response, isPath(to) ? to : "/");
    }

    /** Nothing that a browser takes for another host. */
    private static boolean isPath(String to) {
        return to.startsWith("/")
                && !to.startsWith("//")
                && !to.contains("\\")
                && to.chars().allMatch(c -> c > ' ' && c < 0x7f);
    }

    private boolean hasPass(PreviewName preview, HttpServletRequest request) {
        Cookie[] cookies = request.getCookies();
        if (cookies != null) {
            for (Cookie cookie : cookies) {
                if (cookie.getName().equals(COOKIE) && passes.isGood(cookie.getValue(), preview)) {
                    return true;
                }
            }
        }
        return false;
    }

    private void askForTicket(PreviewName preview, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String mode = request.getHeader("Sec-Fetch-Mode");
        boolean page = request.getMethod().equals("GET")
                && (mode == null
                        ? Objects.requireNonNullElse(request.getHeader(HttpHeaders.ACCEPT), "")
                                .contains("text/html")
                        : mode.equals("navigate"));
        String product = product(request);
        if (!page || product == null) {
            PreviewPage.LOGIN.answer(response);
            return;
        }
        String query = request.getQueryString();
        redirect(
                response,
                product + "/preview/" + preview.workspace() + "/" + preview.port() + request.getRequestURI()
                        + (query == null ? "" : "?" + query));
    }

    private @Nullable String product(HttpServletRequest request) {
        if (settings.publicUrl() != null) {
            return settings.publicUrl();
        }
        // Under a domain of one's own the product has some name, but which?
        return settings.domain() != null
                ? null
                : request.getScheme() + "://" + PreviewSettings.LOOPBACK_DOMAIN + ":" + request.getServerPort();
    }

    /**
     * Browsers send the pass with requests of other previews' pages too where all are one site; those of the same workspace
     * may (a page and its API on two ports), those of others must not. Links lead here from everywhere.
     */
    private boolean comesFromItself(PreviewName preview, HttpServletRequest request) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin != null) {
            return isOfWorkspace(origin, preview);
        }
        String site = request.getHeader("Sec-Fetch-Site");
        return site == null
                || OWN_SITES.contains(site)
                || (READS.contains(request.getMethod()) && "navigate".equals(request.getHeader("Sec-Fetch-Mode")))
                || fromReferer(request, preview);
    }

    /** A subresource, an image for example, of another port's page: it tells no origin. */
    private boolean fromReferer(HttpServletRequest request, PreviewName preview) {
        String referer = request.getHeader(HttpHeaders.REFERER);
        return referer != null && READS.contains(request.getMethod()) && isOfWorkspace(referer, preview);
    }

    private boolean isOfWorkspace(String url, PreviewName preview) {
        try {
            String host = URI.create(url).getHost();
            return host != null
                    && PreviewName.of(host, settings.effectiveDomain())
                            .filter(other -> other.workspace().equals(preview.workspace()))
                            .isPresent();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static void redirect(HttpServletResponse response, String location) {
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        response.setHeader(HttpHeaders.LOCATION, location);
        response.setStatus(HttpStatus.SEE_OTHER.value());
    }
}
