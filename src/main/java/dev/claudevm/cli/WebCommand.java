package dev.claudevm.cli;

import dev.claudevm.cli.api.ExitCode;
import dev.claudevm.server.WebOptions;
import dev.claudevm.server.WebServer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code web}: the server itself. The only command that loads it. */
@Command(name = "web", description = "Start the server and open its web interface.")
final class WebCommand implements Verb {

    @Option(names = "--port", paramLabel = "N", description = "Port to listen on (7878); 0: any free one.")
    @Nullable
    Integer port;

    @Option(names = "--bind", paramLabel = "ADDRESS", description = "Address to listen on (127.0.0.1).")
    @Nullable
    String bind;

    @Option(names = "--no-open", description = "Do not open a browser on this machine.")
    boolean noOpen;

    @Option(names = "--qr", negatable = true, description = "Show the login link as a QR code (on a terminal).")
    @Nullable
    Boolean qr;

    private final ClaudeVm root;

    WebCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        Surroundings here = root.surroundings();
        WebOptions options = new WebOptions(
                here.home(),
                port,
                bind,
                root.config == null ? null : here.directory().resolve(Path.of(root.config)),
                !noOpen,
                qr);
        int exit = WebServer.run(options, here.out(), here.err());
        return new Answer.Said(
                exit == 0 ? ExitCode.OK : exit == ExitCode.USAGE.code() ? ExitCode.USAGE : ExitCode.FAILED);
    }
}
