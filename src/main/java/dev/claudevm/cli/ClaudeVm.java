package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.Servers;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The root of the command tree, with the options that every command has. Commands get it in their constructor. */
@Command(name = "claude-vm", description = "Run coding agents in workspaces that outlive your laptop.")
final class ClaudeVm {

    /** The commands by their names, in the order of the help. */
    static final Map<String, Class<?>> COMMANDS = commands();

    /** The commands of those that only group others. */
    static final Map<String, Map<String, Class<?>>> GROUPS = Map.of(
            "workspace", WorkspaceCommand.commands(),
            "key", KeyCommand.commands(),
            "provider", ProviderCommand.commands(),
            "secrets", SecretsCommand.commands(),
            "agent", AgentCommand.commands(),
            "snapshot", SnapshotCommand.commands());

    @Option(
            names = "--provider",
            paramLabel = "NAME",
            scope = ScopeType.INHERIT,
            description = "What makes new workspaces (see `provider default`).")
    @Nullable
    String provider;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "Configuration instead of config.yaml in $CLAUDE_VM_HOME.")
    @Nullable
    String config;

    @Option(
            names = "--server",
            paramLabel = "URL",
            scope = ScopeType.INHERIT,
            description = "Server to talk to (CLAUDE_VM_URL; this machine's).")
    @Nullable
    String server;

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "Answer in JSON.")
    boolean json;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help.")
    boolean help;

    private final Surroundings surroundings;

    ClaudeVm(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    private static Map<String, Class<?>> commands() {
        Map<String, Class<?>> commands = new LinkedHashMap<>();
        commands.put("web", WebCommand.class);
        commands.put("login", LoginCommand.class);
        commands.put("login-link", LoginLinkCommand.class);
        commands.put("workspace", WorkspaceCommand.class);
        commands.put("new-chat", NewChatCommand.class);
        commands.put("chat", ChatCommand.class);
        commands.put("logs", LogsCommand.class);
        commands.put("search", SearchCommand.class);
        commands.put("ssh", SshCommand.class);
        commands.put("config-ssh", ConfigSshCommand.class);
        commands.put("cp", CopyCommand.class);
        commands.put("port-forward", PortForwardCommand.class);
        commands.put("mount", MountCommand.class);
        commands.put("unmount", UnmountCommand.class);
        commands.put("key", KeyCommand.class);
        commands.put("diff", DiffCommand.class);
        commands.put("agent", AgentCommand.class);
        commands.put("snapshot", SnapshotCommand.class);
        commands.put("backup", BackupCommand.class);
        commands.put("restore", RestoreCommand.class);
        commands.put("provider", ProviderCommand.class);
        commands.put("store", StoreCommand.class);
        commands.put("secrets", SecretsCommand.class);
        commands.put("completion", CompletionCommand.class);
        commands.put("version", VersionCommand.class);
        return Collections.unmodifiableMap(commands);
    }

    Surroundings surroundings() {
        return surroundings;
    }

    Servers servers() {
        return new Servers(surroundings.home(), surroundings.environment());
    }

    /** The caller closes it. */
    ApiClient api() {
        return new ApiClient(servers().choose(server));
    }
}
