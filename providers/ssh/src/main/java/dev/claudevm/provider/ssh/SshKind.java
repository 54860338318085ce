package dev.claudevm.provider.ssh;

import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.ProviderKind;
import dev.claudevm.provider.ProviderOption;
import dev.claudevm.provider.ProviderOption.Type;
import dev.claudevm.provider.ProviderSetup;
import dev.claudevm.provider.ssh.SshOptions.Host;
import dev.claudevm.provider.ssh.SshOptions.IsolationChoice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Machines that one can reach with a key. */
public final class SshKind implements ProviderKind {

    private static final Pattern USER = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._@\\\\-]{0,100}\\$?");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9_.:%-]{1,253}");
    private static final Pattern JUMP =
            Pattern.compile("(?<user>[^\\s@]+)@(?<host>[^\\s@:\\[]+|\\[[^\\s\\]]+])(:(?<port>\\d{1,5}))?");
    private static final Pattern FOLDER = Pattern.compile("(~/|/)[A-Za-z0-9._+@/-]+");

    private final @Nullable Path agentSocket;
    private final boolean classCache;
    private final Duration silence;

    /**
     * @param agentSocket of the SSH agent of the server's user; null: there is none
     * @param classCache make bridges start faster from the second time on
     */
    public SshKind(@Nullable Path agentSocket, boolean classCache) {
        this(agentSocket, classCache, Duration.ofSeconds(18));
    }

    /** @param silence a connection over which nothing comes for so long is lost */
    SshKind(@Nullable Path agentSocket, boolean classCache, Duration silence) {
        this.agentSocket = agentSocket;
        this.classCache = classCache;
        this.silence = silence;
    }

    @Override
    public String name() {
        return "ssh";
    }

    @Override
    public String title() {
        return "Machine over SSH";
    }

    @Override
    public String help() {
        return "Workspaces on a Linux machine that you reach with a key; no root needed.";
    }

    @Override
    public List<ProviderOption> options() {
        return List.of(
                ProviderOption.of("host", Type.TEXT, "Host", "The machine's name or address.")
                        .asRequired(),
                ProviderOption.of("user", Type.TEXT, "User", "Who logs in there; workspaces run as this user.")
                        .asRequired(),
                ProviderOption.of("port", Type.NUMBER, "Port", "Of the machine's SSH server.")
                        .withDefault("22"),
                ProviderOption.of(
                                "key",
                                Type.FILE,
                                "Private key",
                                "Without a passphrase; when there is none, the SSH agent of the server's user is asked"
                                        + " (SSH_AUTH_SOCK).")
                        .asSecret(),
                ProviderOption.of(
                        "jump",
                        Type.TEXT,
                        "Jump host",
                        "A machine on the way, as user@host or user@host:port; the same key opens it."),
                ProviderOption.of(
                                "isolation",
                                Type.TEXT,
                                "Isolation",
                                "auto: sandboxed by bubblewrap where that works; bubblewrap: sandboxed or not at all;"
                                        + " none: not sandboxed.")
                        .oneOf("auto", "bubblewrap", "none")
                        .withDefault("auto"),
                ProviderOption.of(
                                "folder",
                                Type.TEXT,
                                "Folder",
                                "Where everything of the workspaces lies on the machine.")
                        .withDefault(SshOptions.FOLDER),
                ProviderOption.of("hostKey", Type.TEXT, "Host key", "The fingerprint of the machine's host key.")
                        .byConfirmation(),
                ProviderOption.of(
                                "jumpHostKey", Type.TEXT, "Jump host's key", "The fingerprint of the jump host's key.")
                        .byConfirmation());
    }

    @Override
    public Provider open(ProviderSetup setup) throws ProviderException {
        return new SshProvider(setup, options(setup));
    }

    private SshOptions options(ProviderSetup setup) throws ProviderException {
        Host target = new Host(
                matching(setup, "user", "", USER, "a user's name"),
                matching(setup, "host", "", HOST, "a name or an address"),
                port(setup.value("port").orElse("22"), "port"),
                setup.value("hostKey").orElse(null),
                "hostKey");
        String folder = matching(
                setup,
                "folder",
                SshOptions.FOLDER,
                FOLDER,
                "a path that begins with / or ~/, of letters, digits and any of . _ + @ -");
        String isolation = setup.value("isolation").orElse("auto").toUpperCase(Locale.ROOT);
        return new SshOptions(
                target,
                jump(setup),
                setup.value("key").filter(key -> !key.isBlank()).orElse(null),
                agentSocket,
                folder,
                IsolationChoice.valueOf(isolation),
                Duration.ofSeconds(10),
                silence,
                Duration.ofSeconds(30),
                Duration.ofSeconds(5),
                classCache);
    }

    private static @Nullable Host jump(ProviderSetup setup) throws ProviderException {
        String text = setup.value("jump").filter(jump -> !jump.isBlank()).orElse(null);
        if (text == null) {
            return null;
        }
        var jump = JUMP.matcher(text.strip());
        if (!jump.matches()) {
            throw wrong("jump", "user@host or user@host:port");
        }
        String port = jump.group("port");
        return new Host(
                jump.group("user"),
                jump.group("host").replaceAll("[\\[\\]]", ""),
                port(port == null ? "22" : port, "jump"),
                setup.value("jumpHostKey").orElse(null),
                "jumpHostKey");
    }

    private static String matching(ProviderSetup setup, String option, String without, Pattern pattern, String expected)
            throws ProviderException {
        String value = setup.value(option).orElse(without).strip();
        if (!pattern.matcher(value).matches() || (value + "/").contains("/../")) {
            throw wrong(option, expected);
        }
        return value.length() > 1 && value.endsWith("/") ? value.substring(0, value.length() - 1) : value;
    }

    private static int port(String text, String option) throws ProviderException {
        int port = Integer.parseInt(text);
        if (port < 1 || port > 65_535) {
            throw wrong(option, "with a port from 1 to 65535");
        }
        return port;
    }

    private static ProviderException wrong(String option, String expected) {
        return new ProviderException("The option \"" + option + "\" must be " + expected + ".", "Correct it.");
    }
}
