package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import dev.claudevm.cli.api.Server;
import dev.claudevm.cli.api.Servers;
import dev.claudevm.protocol.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code login}: keeps the token of another server. */
@Command(name = "login", description = "Log in to a server with an API token (Settings, API tokens).")
final class LoginCommand implements Verb {

    @Parameters(paramLabel = "URL", description = "Its address.")
    String url = "";

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description = "The token. Without it, it is asked for, or read from the standard input.")
    @Nullable
    String token;

    private final ClaudeVm root;

    LoginCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        URI address = Servers.parse(url);
        String secret = token == null ? ask() : token.strip();
        if (secret.isEmpty()) {
            throw new CliException(
                    ExitCode.USAGE, "There is no token.", "Make one in the server's Settings, then say --token.");
        }
        try (ApiClient api = new ApiClient(new Server(address, secret, false))) {
            api.get("workspaces");
        }
        root.servers().remember(address, secret);
        return new Answer.Lines(
                Json.MAPPER.createObjectNode().put("url", address.toString()),
                List.of("Logged in to " + address + "."));
    }

    private String ask() {
        Surroundings here = root.surroundings();
        if (here.typing()) {
            java.io.Console console = System.console();
            if (console != null) {
                char[] typed = console.readPassword("Token: ");
                return typed == null ? "" : new String(typed).strip();
            }
            here.err().print("Token: ");
            here.err().flush();
        }
        try {
            String line = new BufferedReader(new InputStreamReader(here.in(), StandardCharsets.UTF_8)).readLine();
            return line == null ? "" : line.strip();
        } catch (IOException e) {
            return "";
        }
    }
}
