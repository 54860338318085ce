package dev.claudevm.access;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses writes that another site's page makes with our cookie. Browsers say where a request comes from in
 * {@code Sec-Fetch-Site}, and where they do not (plain HTTP on a network), in {@code Origin}.
 */
final class CrossSiteFilter extends OncePerRequestFilter {

    private static final Set<String> READS = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
    private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

    private final Set<String> ownAuthorities;

    /** @param ownAuthorities {@code host[:port]} under which browsers see us though the Host header says otherwise */
    CrossSiteFilter(Set<String> ownAuthorities) {
        this.ownAuthorities = ownAuthorities;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (!isAllowed(request)) {
            new Refusal(
                            HttpStatus.FORBIDDEN,
                            "This request was made by a page of another site.",
                            "Use the pages of claude-vm itself; programs send an API token instead of the cookie.")
                    .answer(request, response);
            return;
        }
        chain.doFilter(request, response);
    }

    private boolean isAllowed(HttpServletRequest request) {
        boolean socket = "websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE));
        if (READS.contains(request.getMethod()) && !socket) {
            return true;
        }
        // A bearer token is not sent by a browser on its own.
        if (request.getHeader(HttpHeaders.AUTHORIZATION) != null) {
            return true;
        }
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null && !socket) {
            return OWN_SITES.contains(site);
        }
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin != null) {
            return isOwn(origin, request.getHeader(HttpHeaders.HOST));
        }
        return DeviceCookie.of(request).isEmpty();
    }

    private boolean isOwn(String origin, @Nullable String host) {
        String authority;
        try {
            authority = URI.create(origin).getRawAuthority();
        } catch (IllegalArgumentException e) {
            return false;
        }
        if (authority == null) {
            return false; // "null": an opaque origin
        }
        String lower = authority.toLowerCase(Locale.ROOT);
        return (host != null && lower.equals(host.toLowerCase(Locale.ROOT))) || ownAuthorities.contains(lower);
    }
}
