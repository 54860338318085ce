package dev.claudevm.preview;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.springframework.http.HttpStatus;
import org.springframework.web.util.HtmlUtils;

/** What stands where a preview should be. Plain pages that load nothing and run nothing. */
enum PreviewPage {
    BAD_PORT(HttpStatus.BAD_REQUEST, "No such port", "“%s” is no port. Ports are numbers from 1 to 65535."),
    BROWSERS_ONLY(
            HttpStatus.FORBIDDEN,
            "For browsers only",
            "A program reaches the port with claude-vm port-forward or ssh -L; a browser that is logged in opens this page."),
    NO_DOMAIN(
            HttpStatus.NOT_IMPLEMENTED,
            "Previews need a name of their own",
            "You opened claude-vm as “%s”. So that a previewed page cannot act in your name, each port is shown under a"
                    + " host name of its own. Let a wildcard name, for example *.preview.example.org, lead to this server and"
                    + " write it into config.yaml: preview: {domain: preview.example.org}."
                    + " On the server's own machine it works as localhost without that."),
    LOGIN(
            HttpStatus.UNAUTHORIZED,
            "Open it from claude-vm",
            "This browser is not let in here, or not any more. Open the port from its workspace's page."),
    STOPPED(
            HttpStatus.SERVICE_UNAVAILABLE,
            "%s is not connected",
            "Start the workspace, and what listens in it; then load this page again."),
    NOBODY_LISTENS(
            HttpStatus.BAD_GATEWAY,
            "Nothing listens on port %s",
            "Nothing in %s listens there at the moment. When it does, load this page again."),
    NO_HTTP(
            HttpStatus.BAD_GATEWAY,
            "Port %s does not speak HTTP",
            "What listens on this port in %s gave no answer of HTTP. claude-vm port-forward reaches it as it is."),
    SILENT(
            HttpStatus.GATEWAY_TIMEOUT,
            "Port %s does not answer",
            "What listens on this port in %s took the request and said nothing for too long.");

    private static final String STYLE = """
            :root{color-scheme:light dark;--bg:#f7f7f5;--text:#1c1b1a;--dim:#65635e}\
            @media(prefers-color-scheme:dark){:root{--bg:#131314;--text:#ececea;--dim:#a5a39e}}\
            body{font:16px/1.5 Inter,system-ui,-apple-system,sans-serif;background:var(--bg);color:var(--text);max-width:32rem;\
            margin:max(9vh,env(safe-area-inset-top)) auto 2rem;padding:0 16px;overflow-wrap:anywhere}\
            h1{font-size:22px;letter-spacing:-.02em;margin:0 0 16px}p{color:var(--dim)}""";

    private final HttpStatus status;
    private final String title;
    private final String text;

    PreviewPage(HttpStatus status, String title, String text) {
        this.status = status;
        this.title = title;
        this.text = text;
    }

    /** @param words go into title and text, in their order */
    void answer(HttpServletResponse response, Object... words) throws IOException {
        int inTitle = title.contains("%s") ? 1 : 0;
        String heading = inTitle == 0 ? title : title.formatted(words[0]);
        String said = text.contains("%s") ? text.formatted(Arrays.copyOfRange(words, inTitle, words.length)) : text;
        byte[] page = """
                <!doctype html><html lang=en><meta charset=utf-8><title>%1$s</title>
                <meta name=viewport content="width=device-width,initial-scale=1"><style>%3$s</style>
                <main><h1>%1$s</h1><p>%2$s</p></main></html>
                """.formatted(HtmlUtils.htmlEscape(heading), HtmlUtils.htmlEscape(said), STYLE)
                .getBytes(StandardCharsets.UTF_8);
        response.setStatus(status.value());
        response.setContentType("text/html;charset=UTF-8");
        response.setHeader("Cache-Control", "no-store");
        response.setHeader(
                "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
        response.setContentLength(page.length);
        response.getOutputStream().write(page);
    }
}
