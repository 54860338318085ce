package dev.claudevm.access;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.springframework.http.HttpStatus;
import org.springframework.web.util.HtmlUtils;

/** The few plain pages for who is not logged in. They load nothing and run no code but the line that posts the link. */
final class LoginPage {

    private static final String STYLE = """
            :root{color-scheme:light dark;--bg:#f7f7f5;--surface:#fff;--line:#a9a7a1;--text:#1c1b1a;--dim:#65635e;--accent:#4a55d8;\
            --on:#fff;--bad:#b3261e;--bad-soft:#fdeceb;--code:#ebeae6}\
            @media(prefers-color-scheme:dark){:root{--bg:#131314;--surface:#1b1b1d;--line:#5c5b62;--text:#ececea;--dim:#a5a39e;\
            --accent:#9aa4ff;--on:#14152b;--bad:#ff8f87;--bad-soft:#3a1a18;--code:#242427}}\
            *{box-sizing:border-box}body{font:16px/1.5 Inter,system-ui,-apple-system,sans-serif;background:var(--bg);color:var(--text);\
            max-width:30rem;margin:max(9vh,env(safe-area-inset-top)) auto 2rem;padding:0 16px}\
            h1{font-size:22px;letter-spacing:-.02em;margin:0 0 16px}p{margin:0 0 16px}.dim{color:var(--dim);font-size:14px;margin-top:24px}\
            code{font:14px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;background:var(--code);padding:.15em .4em;border-radius:6px;white-space:nowrap}\
            label{display:block;font-size:13px;font-weight:600;color:var(--dim);margin-top:24px}\
            input,button{font:inherit;min-height:48px;padding:0 14px;border-radius:12px;width:100%;margin-top:8px}\
            input{border:1px solid var(--line);background:var(--surface);color:var(--text)}\
            button{border:0;background:var(--accent);color:var(--on);font-weight:600;cursor:pointer}\
            :focus-visible{outline:2px solid var(--accent);outline-offset:2px}\
            .wrong{background:var(--bad-soft);color:var(--bad);border-radius:12px;padding:10px 14px}""";

    private static final String POST_BY_ITSELF = "document.forms[0].submit()";

    private LoginPage() {}

    /**
     * What can be said to who is not logged in.
     *
     * @param wrong what went wrong; empty: nothing
     * @param then the path to go to afterwards
     */
    static void ask(HttpServletResponse response, HttpStatus status, String wrong, String then) throws IOException {
        String complaint = wrong.isEmpty() ? "" : "<p class=wrong role=alert>" + HtmlUtils.htmlEscape(wrong) + "</p>";
        write(response, status, """
                <h1>Log in to claude-vm</h1>%s
                <p>On the machine where the server runs, type <code>claude-vm login-link</code> and open the link that it
                prints on this device.</p>
                <form method=post action="/login"><input type=hidden name=continue value="%s">
                <label for=code>Or paste a login link or an API token</label>
                <input id=code name=code required autocomplete=off autocapitalize=off spellcheck=false>
                <button>Log in</button></form>
                <p class=dim>A link works once, for 30 minutes. <code>claude-vm web</code> prints one too when it starts the
                server.</p>""".formatted(complaint, HtmlUtils.htmlEscape(then)));
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
