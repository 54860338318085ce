package dev.claudevm.access;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.web.context.HttpSessionSecurityContextRepository;
import org.springframework.security.web.context.SecurityContextRepository;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Turns a bearer token or the device cookie into Spring Security's authentication, anew for each request, so that what
 * is revoked is out at once.
 */
final class CallerFilter extends OncePerRequestFilter {

    private static final List<SimpleGrantedAuthority> ROLES = List.of(new SimpleGrantedAuthority("ROLE_USER"));
    private static final String BEARER = "Bearer ";

    private final Devices devices;
    private final ApiTokens tokens;
    private final SessionsOfDevices sessions;
    private final SecurityContextHolderStrategy contexts;
    private final SecurityContextRepository repository;
    private final Throttle wrongTokens;

    /**
     * Cookies have a throttle of their own, which a right cookie passes: an open page whose device was revoked, or a
     * broken script, must not lock out the browsers at the same address.
     */
    private final Throttle wrongCookies;

    CallerFilter(
            Devices devices,
            ApiTokens tokens,
            SessionsOfDevices sessions,
            SecurityContextHolderStrategy contexts,
            SecurityContextRepository repository,
            Throttle wrongTokens,
            Throttle wrongCookies) {
        this.devices = devices;
        this.tokens = tokens;
        this.sessions = sessions;
        this.contexts = contexts;
        this.repository = repository;
        this.wrongTokens = wrongTokens;
        this.wrongCookies = wrongCookies;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        Optional<Caller> caller;
        if (authorization != null) {
            caller = byToken(authorization, request, response);
            if (caller.isEmpty()) {
                return;
            }
        } else {
            Optional<String> cookie = DeviceCookie.of(request);
            caller = cookie.flatMap(devices::find);
            if (cookie.isPresent() && caller.isEmpty() && !forgive(request, response)) {
                return;
            }
        }
        SecurityContext context = contexts.createEmptyContext();
        caller.ifPresent(known -> {
            var authentication = UsernamePasswordAuthenticationToken.authenticated(known, null, ROLES);
            context.setAuthentication(authentication);
        });
        bindSession(request, caller, context);
        contexts.setContext(context);
        // Dispatches that follow (async, error) find it there; nothing is kept in a session.
        repository.saveContext(context, request, response);
        chain.doFilter(request, response);
    }

    private Optional<Caller> byToken(String authorization, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        Duration wait = wrongTokens.wait(request.getRemoteAddr());
        if (wait.isPositive()) {
            tooMany(wait, request, response);
            return Optional.empty();
        }
        Optional<Caller> caller = authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? tokens.find(authorization.substring(BEARER.length()).strip())
                : Optional.empty();
        if (caller.isEmpty()) {
            wrongTokens.failed(request.getRemoteAddr());
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
            new Refusal(
                            HttpStatus.UNAUTHORIZED,
                            "This API token is wrong or was revoked.",
                            "Make a new one in Settings; on the server's own machine the command line finds its token by itself.")
                    .answer(request, response);
        }
        return caller;
    }

    /** @return whether a request with a wrong cookie goes on, as one without; else it was answered */
    private boolean forgive(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Duration wait = wrongCookies.wait(request.getRemoteAddr());
        DeviceCookie.take(request, response);
        if (wait.isPositive()) {
            tooMany(wait, request, response);
            return false;
        }
        wrongCookies.failed(request.getRemoteAddr());
        return true;
    }

    static void tooMany(Duration wait, HttpServletRequest request, HttpServletResponse response) throws IOException {
        long seconds = wait.toSeconds() + 1;
        response.setHeader(HttpHeaders.RETRY_AFTER, String.valueOf(seconds));
        new Refusal(
                        HttpStatus.TOO_MANY_REQUESTS,
                        "There were too many wrong tokens or links from this address.",
                        "Try again in " + seconds + " s.")
                .answer(request, response);
    }

    /** A Flow session belongs to the device that began it, and ends when that device is no longer let in. */
    private void bindSession(HttpServletRequest request, Optional<Caller> caller, SecurityContext context) {
        HttpSession session = request.getSession(false);
        if (session == null) {
            return;
        }
        if (caller.isEmpty() || !sessions.bind(session, caller.get())) {
            session.invalidate();
            return;
        }
        // Vaadin's strategy reads it from there in threads that serve no request (push).
        session.setAttribute(HttpSessionSecurityContextRepository.SPRING_SECURITY_CONTEXT_KEY, context);
    }
}
