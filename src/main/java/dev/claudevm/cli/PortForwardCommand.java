package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code port-forward}: ports of a workspace on this machine's loopback, until it is interrupted. */
@Command(
        name = "port-forward",
        description = "Reach ports of a workspace at localhost, until Ctrl-C.",
        footer = {"", "claude-vm port-forward bold-fire-1234 8080 15432:5432"})
final class PortForwardCommand implements Verb {

    private static final Pattern PORTS = Pattern.compile("(?:(\\d{1,5}):)?(\\d{1,5})");
    private static final int MAX_PORT = 65_535;

    @Parameters(index = "0", paramLabel = "WORKSPACE", description = "Its id or name.")
    String workspace = "";

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "[HERE:]PORT",
            description = "A port of the workspace, and the one on this machine when it is another.")
    List<String> ports = new ArrayList<>();

    private final ClaudeVm root;

    PortForwardCommand(ClaudeVm root) {
        this.root = root;
    }

    /** @param here on this machine. @param there in the workspace */
    private record Forward(int here, int there) {}

    @Override
    public Answer run() {
        List<Forward> forwards = ports.stream().map(PortForwardCommand::parse).toList();
        try (ApiClient api = root.api()) {
            SshFiles files = new SshFiles(api, root.surroundings());
            Workspace meant = SshFiles.find(files.refresh(), workspace);
            List<String> line = new ArrayList<>(
                    List.of("ssh", "-F", files.config().toString(), "-N", "-o", "ExitOnForwardFailure=yes"));
            for (Forward forward : forwards) {
                line.add("-L");
                line.add("127.0.0.1:" + forward.here() + ":localhost:" + forward.there());
                root.surroundings()
                        .err()
                        .println("localhost:" + forward.here() + " leads to port " + forward.there() + " of "
                                + meant.id() + ". Ctrl-C ends it.");
            }
            line.add(meant.id() + SshFiles.DOMAIN);
            int exit = new Programs().run(line);
            if (exit == SshEnd.LOST) {
                new SshEnd(api, root.surroundings()).explain(meant);
            }
            return new Answer.Ended(exit);
        }
    }

    private static Forward parse(String text) {
        Matcher matcher = PORTS.matcher(text);
        if (matcher.matches()) {
            int there = Integer.parseInt(matcher.group(2));
            int here = matcher.group(1) == null ? there : Integer.parseInt(matcher.group(1));
            if (there > 0 && there <= MAX_PORT && here > 0 && here <= MAX_PORT) {
                return new Forward(here, there);
            }
        }
        throw new CliException(
                ExitCode.USAGE, "\"" + text + "\" is no port.", "Write 8080, or 9090:8080 for another one here.");
    }
}
