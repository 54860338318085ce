package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.protocol.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** {@code config-ssh}: makes {@code ssh <workspace>.claude-vm} work, and whatever else builds on ssh. */
@Command(
        name = "config-ssh",
        description = "Let ssh, sftp, scp, rsync and editors know the workspaces as <workspace>.claude-vm.")
final class ConfigSshCommand implements Verb {

    @Option(names = "--ssh-config", paramLabel = "FILE", description = "Instead of ~/.ssh/config.")
    @Nullable
    String file;

    @Option(names = "--remove", description = "Take it out again.")
    boolean remove;

    private final ClaudeVm root;

    ConfigSshCommand(ClaudeVm root) {
        this.root = root;
    }

    @Override
    public Answer run() {
        Surroundings here = root.surroundings();
        Path userConfig = file == null
                ? Path.of(here.environment().getOrDefault("HOME", System.getProperty("user.home")), ".ssh", "config")
                : here.directory().resolve(file);
        try (ApiClient api = root.api()) {
            SshFiles files = new SshFiles(api, here);
            ObjectNode json = Json.MAPPER.createObjectNode().put("sshConfig", userConfig.toString());
            if (remove) {
                boolean changed = files.include(userConfig, false);
                return new Answer.Lines(
                        json.put("changed", changed),
                        List.of(changed ? "Removed from " + userConfig + "." : userConfig + " did not include it."));
            }
            List<Workspace> workspaces = files.refresh();
            boolean changed = files.include(userConfig, true);
            json.put("changed", changed).put("config", files.config().toString());
            List<String> lines = new ArrayList<>();
            lines.add("Wrote " + files.config() + " with " + workspaces.size()
                    + (workspaces.size() == 1 ? " workspace." : " workspaces."));
            lines.add(changed ? userConfig + " includes it now." : userConfig + " includes it already.");
            for (Workspace workspace : workspaces) {
                json.withArray("hosts").add(workspace.id() + SshFiles.DOMAIN);
                lines.add("ssh " + workspace.id() + SshFiles.DOMAIN);
            }
            lines.add("Run it again when there are new workspaces.");
            return new Answer.Lines(json, lines);
        }
    }
}
