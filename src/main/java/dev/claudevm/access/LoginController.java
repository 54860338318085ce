package dev.claudevm.access;

import dev.claudevm.access.LoginLinks.Outcome;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.util.UriComponentsBuilder;

/** The way in and out for browsers. Plain pages: they work before anything else of the product is loaded. */
@Controller
class LoginController {

    /** Paths and queries of our own views; no other host, no other page, no line break in a header. */
    private static final Pattern VIEW = Pattern.compile(
            "/(c/[\\w-]{1,64}|new|workspaces|settings|preview/[\\w-]{1,64}/\\d{1,5}(/[\\w=%./:@~+-]{0,300})?)"
                    + "(\\?[\\w=&%./:@~+-]{0,500})?");

    private final LoginLinks links;
    private final ApiTokens tokens;
    private final Devices devices;
    private final Throttle wrongTokens;

    LoginController(LoginLinks links, ApiTokens tokens, Devices devices, WrongTokens wrongTokens) {
        this.links = links;
        this.tokens = tokens;
        this.devices = devices;
        this.wrongTokens = wrongTokens.throttle();
    }

    @GetMapping("/login")
    void ask(@RequestParam(name = "continue", defaultValue = "") String then, HttpServletResponse response)
            throws IOException {
        LoginPage.ask(response, HttpStatus.OK, "", place(then));
    }

    @GetMapping("/login/link")
    void confirm(@RequestParam(defaultValue = "") String token, HttpServletResponse response) throws IOException {
        if (token.isBlank()) {
            LoginPage.ask(
                    response,
                    HttpStatus.BAD_REQUEST,
                    "This link is not complete. Open the whole line that was printed.",
                    "/");
            return;
        }
        LoginPage.confirm(response, token);
    }

    @PostMapping("/login/link")
    void useLink(
            @RequestParam(defaultValue = "") String token, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        logIn(token, "/", request, response);
    }

    /**
     * @param code of a link, the whole link, or an API token
     * @param then the place in the product to go to afterwards
     */
    @PostMapping("/login")
    void useCode(
            @RequestParam(defaultValue = "") String code,
            @RequestParam(name = "continue", defaultValue = "") String then,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        logIn(code.strip(), place(then), request, response);
    }

    @PostMapping("/logout")
    void logOut(
            @AuthenticationPrincipal @Nullable Caller caller,
            HttpServletRequest request,
            HttpServletResponse response) {
        if (caller != null && caller.kind() == Caller.Kind.DEVICE) {
            devices.revoke(caller.credentialId());
        }
        HttpSession session = request.getSession(false);
        if (session != null) {
            session.invalidate();
        }
        DeviceCookie.take(request, response);
        redirect(response, "/login");
    }

    private void logIn(String code, String then, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        Duration wait = wrongTokens.wait(request.getRemoteAddr());
        if (wait.isPositive()) {
            response.setHeader(HttpHeaders.RETRY_AFTER, String.valueOf(wait.toSeconds() + 1));
            LoginPage.ask(
                    response,
                    HttpStatus.TOO_MANY_REQUESTS,
                    "There were too many wrong tokens or links from this address. Try again in a minute.",
                    then);
            return;
        }
        Outcome outcome = code.startsWith(ApiTokens.PREFIX)
                ? tokens.find(code).isPresent() ? Outcome.LOGGED_IN : Outcome.UNKNOWN
                : links.use(codeIn(code));
        if (outcome == Outcome.LOGGED_IN) {
            String agent = Objects.requireNonNullElse(request.getHeader(HttpHeaders.USER_AGENT), "");
            DeviceCookie.give(request, response, devices.create(agent));
            redirect(response, then);
            return;
        }
        wrongTokens.failed(request.getRemoteAddr());
        String wrong = switch (outcome) {
            case USED -> "This link was used already; each link works once. Run claude-vm login-link for a new one.";
            case EXPIRED -> "This link is older than 30 minutes. Run claude-vm login-link for a new one.";
            case UNKNOWN, LOGGED_IN ->
                "This link or token is not known here. Copy the whole line, or run"
                        + " claude-vm login-link for a new one.";
        };
        LoginPage.ask(response, HttpStatus.UNAUTHORIZED, wrong, then);
    }

    /** @return the path of a view of ours that somebody was sent here from; whatever else stands there is the inbox */
    static String place(String then) {
        return VIEW.matcher(then).matches() ? then : "/";
    }

    /** People paste the whole link. */
    private static String codeIn(String text) {
        if (!text.contains("token=")) {
            return text;
        }
        try {
            return Optional.ofNullable(UriComponentsBuilder.fromUriString(text)
                            .build()
                            .getQueryParams()
                            .getFirst("token"))
                    .orElse(text);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }

    private static void redirect(HttpServletResponse response, String path) {
        response.setStatus(HttpStatus.SEE_OTHER.value());
        response.setHeader(HttpHeaders.LOCATION, path);
    }
}
