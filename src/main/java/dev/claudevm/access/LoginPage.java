package dev.claudevm.access;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.springframework.http.HttpStatus;
import org.springframework.web.util.HtmlUtils;

/** The few plain pages for who is not logged in. They load nothing and run no code but the line that posts the link. */
final class LoginPage {

    private static final String STYLE = """
            :root{color-scheme:light dark}\
            body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto 2rem;padding:0 1.25rem}\
            h1{font-size:1.4rem}code{background:#8882;padding:.1em .35em;border-radius:.3em}\
            input,button{font:inherit;padding:.7em .9em;border-radius:.6em;border:1px solid #8888;width:100%;\
            box-sizing:border-box;margin-top:.6rem}button{background:#2457d6;color:#fff;border:0;font-weight:600}\
            .wrong{border-left:4px solid #d33;padding-left:.8em}""";

    private static final String POST_BY_ITSELF = "document.forms[0].submit()";

    private LoginPage() {}

    /** What can be said to who is not logged in. @param wrong what went wrong; empty: nothing */
    static void ask(HttpServletResponse response, HttpStatus status, String wrong) throws IOException {
        String complaint = wrong.isEmpty() ? "" : "<p class=wrong role=alert>" + HtmlUtils.htmlEscape(wrong) + "</p>";
        write(response, status, """
                <h1>Log in to claude-vm</h1>%s
                <p>On the machine where the server runs, type <code>claude-vm login-link</code> and open the link that it
                prints on this device. (<code>claude-vm web</code> prints one too when it starts the server.) A link works
                once, for 30 minutes.</p>
                <form method=post action="/login">
                <label for=code>Or paste a login link or an API token</label>
                <input id=code name=code required autocomplete=off autocapitalize=off spellcheck=false>
                <button>Log in</button></form>""".formatted(complaint));
    }

    /** A link is used by POST only, so that programs that look at links before people do cannot use it up. */
    static void confirm(HttpServletResponse response, String code) throws IOException {
        write(response, HttpStatus.OK, """
                <h1>Log in to claude-vm</h1>
                <form method=post action="/login/link"><input type=hidden name=token value="%s">
                <button>Log in on this device</button></form>
                <script>%s</script>""".formatted(HtmlUtils.htmlEscape(code), POST_BY_ITSELF));
    }

    private static void write(HttpServletResponse response, HttpStatus status, String body) throws IOException {
        response.setStatus(status.value());
        response.setContentType("text/html;charset=UTF-8");
        response.setHeader("Cache-Control", "no-store");
        response.setHeader(
                "Content-Security-Policy",
                "default-src 'none'; style-src '" + Hashes.csp(STYLE) + "'; script-src '" + Hashes.csp(POST_BY_ITSELF)
                        + "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
        String page = """
                <!doctype html><html lang=en><meta charset=utf-8><title>Log in - claude-vm</title>
                <meta name=viewport content="width=device-width,initial-scale=1"><meta name=robots content=noindex>
                <style>%s</style><main>%s</main></html>
                """.formatted(STYLE, body);
        response.getOutputStream().write(page.getBytes(StandardCharsets.UTF_8));
    }
}
