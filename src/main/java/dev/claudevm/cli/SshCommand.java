package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ssh}: the system's ssh, with everything set. */
@Command(
        name = "ssh",
        description = "Open a shell in a workspace, or run a command in it, by the ssh of this machine.",
        footer = {
            "",
            "claude-vm ssh bold-fire-1234 -- ls -l",
            "claude-vm ssh bold-fire-1234 --user developer",
            "claude-vm ssh bold-fire-1234 -L 8080:localhost:80 -N"
        })
final class SshCommand implements Verb {

    private static final Pattern USER = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,31}");
    private static final Pattern PORT = Pattern.compile("\\d{1,5}");

    @Parameters(index = "0", paramLabel = "WORKSPACE", description = "Its id or name.")
    String workspace = "";

    @Option(
            names = "--user",
            paramLabel = "NAME",
            description = "Be that user in the workspace (by its su); without it, the one that agents run as.")
    @Nullable
    String user;

    @Option(
            names = {"-p", "--port"},
            paramLabel = "PORT",
            description = "Where the server's SSH is, when it is not where the server says.")
    @Nullable
    String port;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "ARGUMENT",
            description = "Options of ssh, then a command, which -- parts from them.")
    List<String> arguments = new ArrayList<>();

    private final ClaudeVm root;

    SshCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        List<String> rest = own(arguments);
        try (ApiClient api = root.api()) {
            SshFiles files = new SshFiles(api, root.surroundings());
            Workspace meant = SshFiles.find(files.refresh(), workspace);
            int exit = new Programs().run(line(files.config().toString(), meant.id() + SshFiles.DOMAIN, rest));
            if (exit == SshEnd.LOST) {
                new SshEnd(api, root.surroundings()).explain(meant);
            }
            return new Answer.Ended(exit);
        }
    }

    /** Takes our options from where people write them too: between the workspace and ssh's. @return the others */
    private List<String> own(List<String> words) {
        Deque<String> left = new ArrayDeque<>(words);
        List<String> rest = new ArrayList<>();
        while (!left.isEmpty() && left.peek().startsWith("-") && !left.peek().equals("--")) {
            String[] word = left.remove().split("=", 2);
            switch (word[0]) {
                case "--user" -> user = value(word, left);
                case "--port" -> port = value(word, left);
                default -> {
                    rest.add(String.join("=", word));
                    // "-L 8080:localhost:80": what follows an option of ssh may be its value.
                    if (!left.isEmpty() && !left.peek().startsWith("-")) {
                        rest.add(left.remove());
                    }
                }
            }
        }
        rest.addAll(left);
        check(user, USER, "user", "--user developer");
        check(port, PORT, "port", "--port 2222");
        return rest;
    }

    private static String value(String[] word, Deque<String> left) {
        return word.length > 1 ? word[1] : left.isEmpty() ? "" : left.remove();
    }

    private static void check(@Nullable String said, Pattern form, String what, String example) {
        if (said != null && !form.matcher(said).matches()) {
            throw new CliException(ExitCode.USAGE, "\"" + said + "\" is no " + what + ".", "Write " + example + ".");
        }
    }

    private List<String> line(String config, String host, List<String> rest) {
        List<String> line = new ArrayList<>(List.of("ssh", "-F", config));
        if (port != null) {
            line.addAll(List.of("-p", port));
        }
        int parted = rest.indexOf("--");
        List<String> options = List.of();
        List<String> command = rest;
        if (parted >= 0) {
            options = rest.subList(0, parted);
            command = rest.subList(parted + 1, rest.size());
        } else if (!rest.isEmpty() && rest.getFirst().startsWith("-")) {
            options = rest;
            command = List.of();
        }
        line.addAll(options);
        if (user != null && command.isEmpty() && root.surroundings().typing()) {
            line.add("-t");
        }
        line.add(host);
        line.addAll(user == null ? command : List.of(as(user, String.join(" ", command))));
        return line;
    }

    /** @param command a line for the shell; empty: a login shell */
    private static String as(String user, String command) {
        String quoted = "'" + command.replace("'", "'\\''") + "'";
        return command.isEmpty()
                ? "[ \"$(id -un)\" = " + user + " ] && exec \"$SHELL\" -l; exec su -l " + user
                : "[ \"$(id -un)\" = " + user + " ] && exec \"$SHELL\" -c " + quoted + "; exec su " + user + " -c "
                        + quoted;
    }
}
