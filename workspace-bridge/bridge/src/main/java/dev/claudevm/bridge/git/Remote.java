package dev.claudevm.bridge.git;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A remote, and its pages on the web, as far as its address tells them.
 *
 * @param url without a name and password that may be in it
 * @param forge {@code github}, {@code gitlab}, {@code gitea} (also Forgejo and Codeberg), {@code bitbucket}; null: unknown
 * @param web the repository's page; null: the address is none of a server
 */
record Remote(
        String name,
        String url,
        @Nullable String forge,
        @Nullable String web) {

    private static final Pattern SCP = Pattern.compile("(?:[^@/]+@)?([^:/@]+):(?!//)(.+)");

    static Remote of(String name, String url) {
        String clean = GitProgram.withoutSecrets(url);
        String host = null;
        String path = null;
        Matcher scp = SCP.matcher(url);
        String port = "";
        boolean plain = false;
        if (url.contains("://")) {
            try {
                URI uri = new URI(clean);
                String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
                if (uri.getHost() != null && uri.getPath() != null && !scheme.equals("file")) {
                    host = uri.getHost();
                    path = uri.getPath();
                    plain = scheme.equals("http");
                    // The port of ssh says nothing of the web's.
                    port = scheme.startsWith("http") && uri.getPort() > 0 ? ":" + uri.getPort() : "";
                }
            } catch (URISyntaxException e) {
                // Then it is known to git alone.
            }
        } else if (scp.matches() && !url.startsWith("/") && !url.startsWith(".")) {
            host = scp.group(1);
            path = scp.group(2);
        }
        if (host == null || path == null) {
            return new Remote(name, clean, null, null);
        }
        String repository = path.replaceFirst("^/+", "").replaceFirst("/+$", "").replaceFirst("\\.git$", "");
        if (repository.isEmpty()) {
            return new Remote(name, clean, null, null);
        }
        String web = (plain ? "http" : "https") + "://" + host + port + "/" + encodedPath(repository);
        return new Remote(name, clean, forge(host.toLowerCase(Locale.ROOT)), web);
    }

    private static @Nullable String forge(String host) {
        return host.contains("github")
                ? "github"
                : host.contains("gitlab")
                        ? "gitlab"
                        : host.contains("bitbucket")
                                ? "bitbucket"
                                : host.matches("(.*\\.)?codeberg\\.org|.*(gitea|forgejo).*") ? "gitea" : null;
    }

    /**
     * Where a person asks for a pull request.
     *
     * @param base the branch that it is for; null: the forge's default
     * @return null when nobody knows
     */
    @Nullable
    String compare(@Nullable String branch, @Nullable String base) {
        if (web == null || forge == null || branch == null || branch.equals(base)) {
            return null;
        }
        return switch (forge) {
            case "github" ->
                web + "/compare/" + (base == null ? "" : encodedPath(base) + "...") + encodedPath(branch) + "?expand=1";
            case "gitlab" ->
                web + "/-/merge_requests/new?merge_request%5Bsource_branch%5D=" + encoded(branch)
                        + (base == null ? "" : "&merge_request%5Btarget_branch%5D=" + encoded(base));
            case "bitbucket" ->
                web + "/pull-requests/new?source=" + encoded(branch) + (base == null ? "" : "&dest=" + encoded(base));
            default -> web + "/compare/" + encodedPath(base == null ? "main" : base) + "..." + encodedPath(branch);
        };
    }

    /** @return the forge's own program; null: it has none that is known here */
    @Nullable
    String program() {
        return "github".equals(forge) ? "gh" : "gitlab".equals(forge) ? "glab" : null;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String encodedPath(String path) {
        return encoded(path).replace("%2F", "/").replace("%7E", "~");
    }
}
