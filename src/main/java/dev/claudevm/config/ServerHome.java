package dev.claudevm.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The folder with everything that the server keeps ({@code CLAUDE_VM_HOME}). Nobody but its owner may look into it: its
 * mode is 0700, and the files with secrets in it are 0600.
 *
 * @param root absolute
 */
public record ServerHome(Path root) {

    private static final Set<PosixFilePermission> OWNER_ONLY_FOLDER = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> READABLE_FOLDER = PosixFilePermissions.fromString("rwxr-xr-x");
    private static final Set<PosixFilePermission> OWNER_ONLY_FILE = PosixFilePermissions.fromString("rw-------");

    public ServerHome {
        root = root.toAbsolutePath().normalize();
    }

    /**
     * @param configured {@code CLAUDE_VM_HOME}; null or empty: {@code .claude-vm} in the user's home
     * @return the home, not touched yet
     */
    public static ServerHome of(@Nullable String configured) {
        return new ServerHome(
                configured == null || configured.isBlank()
                        ? Path.of(System.getProperty("user.home"), ".claude-vm")
                        : Path.of(configured));
    }

    /** @return the home that this process' environment names */
    public static ServerHome of(Map<String, String> environment) {
        return of(environment.get("CLAUDE_VM_HOME"));
    }

    /**
     * Makes the folders that are missing and takes away the rights of others.
     *
     * @throws ConfigException when the folder cannot be made or written
     */
    public ServerHome open() {
        try {
            folder(root, OWNER_ONLY_FOLDER);
            for (Path inside : List.of(database(), logs(), workspaces(), gateway())) {
                folder(inside, OWNER_ONLY_FOLDER);
            }
            // Bound into sandboxes, where another user looks at it; outside, the home's own mode keeps others out.
            folder(agents(), READABLE_FOLDER);
        } catch (IOException e) {
            throw new ConfigException("Cannot use " + root + " as the home of claude-vm: " + reason(e)
                    + ". Make it writable for this user, or set CLAUDE_VM_HOME to another folder.");
        }
        return this;
    }

    public Path configFile() {
        return root.resolve("config.yaml");
    }

    public Path database() {
        return root.resolve("db");
    }

    public Path logs() {
        return root.resolve("logs");
    }

    /** Agents' programs; every sandbox sees this folder, read-only. */
    public Path agents() {
        return root.resolve("agents");
    }

    public Path workspaces() {
        return root.resolve("workspaces");
    }

    /** The gateway's host key. */
    public Path gateway() {
        return root.resolve("gateway");
    }

    /** The index of what was said; made anew when it is not there. */
    public Path search() {
        return root.resolve("search");
    }

    /** The API token of this machine's CLI. */
    public Path tokenFile() {
        return root.resolve("token");
    }

    /** The running server's address, for this machine's CLI. */
    public Path urlFile() {
        return root.resolve("url");
    }

    public Path lockFile() {
        return root.resolve("server.lock");
    }

    /** The key that secrets in the database are encrypted with. */
    public Path secretKeyFile() {
        return root.resolve("secret.key");
    }

    /** The key by which push services know this server. */
    public Path pushKeyFile() {
        return root.resolve("push.key");
    }

    /** The key that browsers' passes to previews are signed with. */
    public Path previewKeyFile() {
        return root.resolve("preview.key");
    }

    /** Writes a file that only its owner may read, whole or not at all. */
    public static void writeOwnerOnly(Path file, byte[] content) {
        try {
            Path fresh = Files.createTempFile(
                    file.getParent(),
                    "." + file.getFileName(),
                    ".new",
                    PosixFilePermissions.asFileAttribute(OWNER_ONLY_FILE));
            try {
                Files.write(fresh, content, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.SYNC);
                Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(fresh);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot write " + file, e);
        }
    }

    private static void folder(Path folder, Set<PosixFilePermission> rights) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY_FOLDER));
        }
        // One that was there already has the rights of somebody's umask.
        if (!Files.isSymbolicLink(folder)
                && !Files.getPosixFilePermissions(folder).equals(rights)) {
            Files.setPosixFilePermissions(folder, rights);
        }
    }

    private static String reason(IOException e) {
        return switch (e) {
            case java.nio.file.AccessDeniedException denied -> "no right to write there";
            case java.nio.file.FileAlreadyExistsException file -> file.getFile() + " is a file, not a folder";
            default -> String.valueOf(e.getMessage());
        };
    }
}
