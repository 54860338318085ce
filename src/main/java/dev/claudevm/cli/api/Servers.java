package dev.claudevm.cli.api;

import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * The servers that this user is logged in to, and which of them is meant. First what the command line says, then {@code
 * CLAUDE_VM_URL} and {@code CLAUDE_VM_TOKEN}, then the last {@code claude-vm login}, then the server of this machine.
 */
public final class Servers {

    private static final URI DEFAULT_URL = URI.create("http://127.0.0.1:7878");

    private final Path home;
    private final Map<String, String> environment;

    /** @param home {@code CLAUDE_VM_HOME} */
    public Servers(Path home, Map<String, String> environment) {
        this.home = home;
        this.environment = environment;
    }

    /** What {@code claude-vm login} keeps. @param current the url that was logged in to last */
    private record File(@Nullable String current, Map<String, String> tokens) {}

    /**
     * @param asked {@code --server}
     * @throws CliException when an address makes no sense
     */
    public Server choose(@Nullable String asked) {
        String url = asked != null ? asked : present("CLAUDE_VM_URL");
        String token = present("CLAUDE_VM_TOKEN");
        File logins = read();
        if (url == null && token == null) {
            url = logins.current();
        }
        URI local = localUrl();
        URI chosen = url == null ? local : parse(url);
        boolean isLocal = same(chosen, local);
        if (token == null) {
            token = logins.tokens().get(chosen.toString());
        }
        if (token == null && isLocal) {
            token = line(home.resolve("token"));
        }
        return new Server(chosen, token, isLocal);
    }

    /** Remembers the token (mode 0600) and makes this server the one that is meant from now on. */
    public void remember(URI url, String token) {
        File logins = read();
        Map<String, String> tokens = new LinkedHashMap<>(logins.tokens());
        tokens.put(url.toString(), token);
        write(new File(url.toString(), tokens));
    }

    /** @throws CliException when it is no address of a server */
    public static URI parse(String text) {
        String url = text.contains("://") ? text : "http://" + text;
        try {
            URI uri = URI.create(url);
            if (uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                String path = uri.getPath() == null ? "" : uri.getPath().replaceAll("/+$", "");
                return URI.create(uri.getScheme() + "://" + uri.getRawAuthority() + path);
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new CliException(
                ExitCode.USAGE, "\"" + text + "\" is no address of a server.", "Write it like https://vm.example.org");
    }

    /** This machine has more than one name for itself. */
    private static boolean same(URI one, URI other) {
        return one.equals(other)
                || one.getScheme().equals(other.getScheme())
                        && one.getPort() == other.getPort()
                        && isLoopback(one)
                        && isLoopback(other);
    }

    private static boolean isLoopback(URI uri) {
        String host = uri.getHost();
        return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
    }

    private URI localUrl() {
        String running = line(home.resolve("url"));
        try {
            return running == null ? DEFAULT_URL : parse(running);
        } catch (CliException e) {
            return DEFAULT_URL;
        }
    }

    private Path file() {
        return home.resolve("servers.json");
    }

    private File read() {
        try {
            if (Files.exists(file())) {
                File file = Json.MAPPER.readValue(Files.readString(file()), File.class);
                return file.tokens() == null ? new File(file.current(), Map.of()) : file;
            }
            return new File(null, Map.of());
        } catch (IOException | JacksonException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    "Cannot read " + file() + ".",
                    "Remove it and log in again with `claude-vm login`.",
                    e);
        }
    }

    private void write(File logins) {
        try {
            Files.createDirectories(home);
            Path fresh = Files.createTempFile(
                    home,
                    "servers",
                    ".new",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(fresh, Json.MAPPER.writeValueAsString(logins));
            Files.move(fresh, file(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.FAILED, "Cannot write " + file() + ".", "Make the folder writable for this user.", e);
        }
    }

    private @Nullable String present(String name) {
        String value = environment.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }

    private static @Nullable String line(Path file) {
        try {
            String text = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    ? Files.readString(file).strip()
                    : "";
            return text.isEmpty() ? null : text;
        } catch (IOException e) {
            return null;
        }
    }
}
