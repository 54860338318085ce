package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.server.QrCode;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code login-link}: a new link that logs a browser in once. */
@Command(name = "login-link", description = "Make a link that logs a browser or phone in, once.")
final class LoginLinkCommand implements Verb {

    @Option(names = "--qr", description = "Show it as a QR code too.")
    boolean qr;

    private final ClaudeVm root;

    LoginLinkCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        try (ApiClient api = root.api()) {
            JsonNode link = api.post("login-links", null);
            String url = link.path("url").asString("");
            if (qr) {
                root.surroundings().err().print(QrCode.of(url));
            }
            return new Answer.Lines(link, List.of(url));
        }
    }
}
