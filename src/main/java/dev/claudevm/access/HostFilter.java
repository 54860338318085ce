package dev.claudevm.access;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses requests to a loopback server under a name that is not its own: a page somewhere could let its own name point
 * to 127.0.0.1 and would then be of the same origin (DNS rebinding).
 */
final class HostFilter extends OncePerRequestFilter {

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1", "0:0:0:0:0:0:0:1");

    private final boolean loopbackOnly;
    private final Set<String> configured;

    /** @param configured further names, lower case */
    HostFilter(boolean loopbackOnly, Set<String> configured) {
        this.loopbackOnly = loopbackOnly;
        this.configured = configured;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (loopbackOnly && !isOurs(name(request.getServerName()))) {
            new Refusal(
                            HttpStatus.MISDIRECTED_REQUEST,
                            "This server listens on this machine only and does not answer under the name that was used.",
                            "Use localhost, or list the name under server.hosts in config.yaml.")
                    .answer(request, response);
            return;
        }
        chain.doFilter(request, response);
    }

    private boolean isOurs(String host) {
        return LOOPBACK.contains(host) || configured.contains(host);
    }

    private static String name(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        if (name.startsWith("[") && name.endsWith("]")) {
            name = name.substring(1, name.length() - 1);
        }
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }
}
