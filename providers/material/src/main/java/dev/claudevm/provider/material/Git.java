package dev.claudevm.provider.material;

import dev.claudevm.provider.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Runs git on this machine so that a repository cannot make it run programs, and nobody is asked for anything. */
final class Git {

    /** The person's own means of reaching their repositories. */
    private static final List<String> KEPT = List.of(
            "HOME",
            "USER",
            "LOGNAME",
            "XDG_CONFIG_HOME",
            "SSH_AUTH_SOCK",
            "GIT_SSL_CAINFO",
            "SSL_CERT_FILE",
            "http_proxy",
            "https_proxy",
            "HTTPS_PROXY",
            "no_proxy",
            "NO_PROXY",
            "all_proxy",
            "ALL_PROXY");

    static final List<String> SAFE = List.of(
            "-c", "core.hooksPath=/dev/null",
            "-c", "core.fsmonitor=false",
            "-c", "protocol.ext.allow=never",
            "-c", "safe.directory=*",
            "-c", "core.askPass=",
            "-c", "http.lowSpeedLimit=100",
            "-c", "http.lowSpeedTime=60",
            "-c", "advice.detachedHead=false");

    private Git() {}

    static ExternalProgram.Result safely(String... words) throws IOException {
        return safely(List.of(words), line -> {});
    }

    static ExternalProgram.Result safely(List<String> words, Consumer<String> heard) throws IOException {
        Map<String, String> environment = ExternalProgram.cleanEnvironment();
        for (String name : KEPT) {
            String value = System.getenv(name);
            if (value != null) {
                environment.put(name, value);
            }
        }
        environment.put("GIT_TERMINAL_PROMPT", "0");
        environment.put("GIT_ASKPASS", "true");
        environment.put("SSH_ASKPASS", "true");
        environment.put("GCM_INTERACTIVE", "never");
        environment.put("GIT_SSH_COMMAND", "ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15");
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(SAFE);
        command.addAll(words);
        return ExternalProgram.run(command, environment, heard);
    }

    static ProviderException missing(IOException e) {
        return new ProviderException(
                "git cannot be started: " + e.getMessage(), "Install git on the machine of claude-vm's server.", e);
    }

    /** @return git's own complaint, without progress and passwords */
    static String complaint(ExternalProgram.Result result) {
        String[] lines = result.lastLines().split("\n");
        var said = new StringBuilder();
        for (String line : lines) {
            if (line.startsWith("Cloning into") || line.isBlank()) {
                continue;
            }
            said.append(said.isEmpty() ? "" : "\n").append(line.stripTrailing());
        }
        return ProjectSource.hideSecrets(said.isEmpty() ? "git ended with code " + result.exit() : said.toString());
    }
}
