package dev.claudevm.preview;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a preview: {@code <port>--<workspace>}, one label of a host name, so that one wildcard certificate covers all.
 *
 * @param port 1 to 65535
 */
record PreviewName(String workspace, int port) {

    private static final int MAX_PORT = 65_535;
    private static final Pattern LABEL = Pattern.compile("([1-9][0-9]{0,4})--([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)");

    /** @param host without port. @return empty when it is not directly below {@code domain}, or no such name */
    static Optional<PreviewName> of(String host, String domain) {
        String name = host.toLowerCase(Locale.ROOT);
        if (name.endsWith(".")) {
            name = name.substring(0, name.length() - 1);
        }
        if (!name.endsWith("." + domain)) {
            return Optional.empty();
        }
        Matcher label = LABEL.matcher(name.substring(0, name.length() - domain.length() - 1));
        if (!label.matches() || Integer.parseInt(label.group(1)) > MAX_PORT) {
            return Optional.empty();
        }
        return Optional.of(new PreviewName(label.group(2), Integer.parseInt(label.group(1))));
    }

    static boolean isPort(int port) {
        return port >= 1 && port <= MAX_PORT;
    }

    String label() {
        return port + "--" + workspace;
    }
}
