package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * What OpenSSH needs to come into workspaces without a question, in the folder {@code client} of this user's home of
 * claude-vm: a key of its own, which the server is told of; the server's key; and a configuration that names each
 * workspace {@code <id>.claude-vm}.
 */
final class SshFiles {

    /** What host names of workspaces end with. */
    static final String DOMAIN = ".claude-vm";

    private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,62}");

    private final ApiClient api;
    private final Path folder;

    SshFiles(ApiClient api, Surroundings here) {
        this.api = api;
        this.folder = here.home().resolve("client");
    }

    Path config() {
        return folder.resolve("config");
    }

    /**
     * Brings all of it up to date.
     *
     * @return the workspaces that the configuration names
     * @throws CliException when the server has no SSH, or OpenSSH is not installed
     */
    List<Workspace> refresh() {
        JsonNode where = api.get("ssh");
        if (!where.path("enabled").asBoolean(false)) {
            throw new CliException(
                    ExitCode.FAILED,
                    "This server lets nobody in by SSH.",
                    where.path("why").asString(""));
        }
        String host = where.path("host").asString("");
        if (host.isEmpty()) {
            host = api.server().url().getHost().replaceAll("[\\[\\]]", "");
        }
        int port = where.path("port").asInt(0);
        List<Workspace> workspaces = api.get("workspaces").path("workspaces").values().stream()
                .map(Workspace::of)
                .toList();
        try {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            api.post(
                    "ssh-keys",
                    Json.MAPPER.createObjectNode().put("key", publicKey()).put("name", "claude-vm on " + machine()));
            write(
                    folder.resolve("known_hosts"),
                    "claude-vm " + where.path("hostKey").asString("") + "\n");
            write(config(), configuration(host, port, workspaces));
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.FAILED, "Cannot write into " + folder + ": " + e.getMessage(), "Make it writable.", e);
        }
        return workspaces;
    }

    /** @return the one that is meant by an id, a name, or a host name of ours */
    static Workspace find(List<Workspace> workspaces, String text) {
        String wanted = text.endsWith(DOMAIN) ? text.substring(0, text.length() - DOMAIN.length()) : text;
        return workspaces.stream()
                .filter(each -> each.id().equals(wanted))
                .findFirst()
                .or(() -> workspaces.stream()
                        .filter(each -> each.json().path("name").asString("").equals(wanted))
                        .findFirst())
                .orElseThrow(() -> new CliException(
                        ExitCode.NOT_FOUND,
                        "There is no workspace \"" + wanted + "\".",
                        "See the list of workspaces: claude-vm workspace list."));
    }

    private String publicKey() throws IOException {
        Path key = folder.resolve("id_ed25519");
        Path open = folder.resolve("id_ed25519.pub");
        if (!Files.exists(key) || !Files.exists(open)) {
            Files.deleteIfExists(key);
            new Programs()
                    .quiet(List.of(
                            "ssh-keygen",
                            "-q",
                            "-t",
                            "ed25519",
                            "-N",
                            "",
                            "-C",
                            "claude-vm on " + machine(),
                            "-f",
                            key.toString()));
        }
        return Files.readString(open).strip();
    }

    private String configuration(String host, int port, List<Workspace> workspaces) {
        StringBuilder text = new StringBuilder("# Written by `claude-vm config-ssh`; the next one writes it anew.\n");
        for (Workspace workspace : workspaces) {
            String name = workspace.json().path("name").asString("");
            boolean named = HOST_NAME.matcher(name).matches()
                    && workspaces.stream()
                                    .filter(each -> each.json()
                                            .path("name")
                                            .asString("")
                                            .equals(name))
                                    .count()
                            == 1;
            text.append("\nHost ").append(workspace.id()).append(DOMAIN);
            if (named) {
                text.append(' ').append(name).append(DOMAIN);
            }
            text.append("\n  User ").append(workspace.id()).append("\n  ProxyCommand none\n");
        }
        return text.append(
                        """

                Host *%s
                  HostName %s
                  Port %d
                  IdentityFile "%s"
                  IdentitiesOnly yes
                  UserKnownHostsFile "%s"
                  GlobalKnownHostsFile /dev/null
                  HostKeyAlias claude-vm
                  StrictHostKeyChecking yes
                  UpdateHostKeys no
                  ServerAliveInterval 15
                  ServerAliveCountMax 3
                  ProxyCommand sh -c 'echo "This workspace is not known yet. Run: claude-vm config-ssh" >&2; exit 1'
                """.formatted(DOMAIN, host, port, folder.resolve("id_ed25519"), folder.resolve("known_hosts")))
                .toString();
    }

    private static String machine() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "this machine";
        }
    }

    private static void write(Path file, String text) throws IOException {
        Path fresh = Files.createTempFile(
                file.getParent(),
                ".",
                ".new",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(fresh, text);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * Adds our configuration to somebody's own, or takes it out.
     *
     * @return whether there was something to do
     */
    boolean include(Path userConfig, boolean wanted) {
        String line = "Include \"" + config() + "\"";
        try {
            Path file = Files.exists(userConfig) ? userConfig.toRealPath() : userConfig;
            List<String> lines = new ArrayList<>(Files.exists(file) ? Files.readAllLines(file) : List.of());
            boolean there = lines.contains(line);
            if (there == wanted) {
                return false;
            }
            if (wanted) {
                // First: further down it would belong to a host.
                lines.add(0, line);
            } else {
                lines.removeIf(line::equals);
            }
            Set<java.nio.file.attribute.PosixFilePermission> rights = Files.exists(file)
                    ? Files.getPosixFilePermissions(file)
                    : PosixFilePermissions.fromString("rw-------");
            if (!Files.exists(file.getParent())) {
                Files.createDirectories(
                        file.getParent(),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            Path fresh = Files.createTempFile(file.getParent(), ".config", ".new");
            Files.write(fresh, lines);
            Files.setPosixFilePermissions(fresh, rights);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    "Cannot change " + userConfig + ": " + e.getMessage(),
                    "Put this line first in it: " + line,
                    e);
        }
    }
}
