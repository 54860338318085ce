package dev.claudevm.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A real Postgres on loopback, a process of its own with a folder of its own. Needs Debian's {@code postgresql}; its programs
 * refuse to run as root, so root runs them as the user {@code postgres}.
 */
public final class PostgresServer implements AutoCloseable {

    public static final String USER = "claude_vm";
    public static final String PASSWORD = "test-database-password";

    /** How a client says who it is. */
    public enum Login {
        /** As Postgres does it by default: the client proves that it has the password, which costs it 4,096 hashes a connection. */
        PROOF("scram-sha-256"),
        /** The client says the password. */
        PASSWORD("password");

        private final String method;

        Login(String method) {
            this.method = method;
        }
    }

    private static final Path PROGRAMS = Path.of("/usr/lib/postgresql");
    private static final Duration START = Duration.ofSeconds(60);

    private final Path folder;
    private final int port;
    private CleanProcess process;

    private PostgresServer(Path folder, int port) {
        this.folder = folder;
        this.port = port;
        this.process = launch();
    }

    /** Comes back when it answers. */
    public static PostgresServer start(Login login) throws IOException {
        Path folder = Files.createTempDirectory("postgres");
        Path password = Files.writeString(folder.resolve("password"), PASSWORD + "\n");
        if (isRoot()) {
            UserPrincipal postgres =
                    FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName("postgres");
            Files.setOwner(folder, postgres);
            Files.setOwner(password, postgres);
        }
        try (CleanProcess initdb = CleanProcess.of(command(
                        "initdb",
                        "--pgdata=" + folder.resolve("data"),
                        "--username=" + USER,
                        "--pwfile=" + password,
                        "--auth=" + login.method,
                        "--encoding=UTF8",
                        "--no-locale",
                        "--no-sync"))
                .home(folder)
                .start()) {
            if (initdb.awaitExit(START) != 0) {
                throw new AssertionError("initdb failed:\n" + initdb.log());
            }
        }
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = free.getLocalPort();
            free.close();
            return new PostgresServer(folder, port);
        }
    }

    private CleanProcess launch() {
        CleanProcess started = CleanProcess.of(command(
                        "postgres",
                        "-D",
                        folder.resolve("data").toString(),
                        "-k",
                        folder.toString(),
                        "-p",
                        String.valueOf(port),
                        "-c",
                        "listen_addresses=127.0.0.1",
                        // A killed process loses nothing by that; only a machine would.
                        "-c",
                        "fsync=off",
                        "-c",
                        "max_connections=300"))
                .home(folder)
                .start();
        try {
            started.awaitLine("ready to accept connections", START);
        } catch (AssertionError failed) {
            started.close();
            throw failed;
        }
        return started;
    }

    private static List<String> command(String program, String... arguments) {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            command.addAll(List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"));
        }
        command.add(programs().resolve(program).toString());
        command.addAll(List.of(arguments));
        return command;
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** @return of the newest version that is installed */
    private static Path programs() {
        try (Stream<Path> versions = Files.list(PROGRAMS)) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                    .max(Comparator.comparing(Path::toString))
                    .orElseThrow(() -> new AssertionError("No Postgres in " + PROGRAMS));
        } catch (IOException e) {
            throw new UncheckedIOException("Debian's package postgresql is needed", e);
        }
    }

    /** @return without user and password */
    public String url(String database) {
        return "postgresql://127.0.0.1:" + port + "/" + database;
    }

    /** Kills it with all its sessions. */
    public void kill() {
        process.close();
    }

    /** Starts it again on the same port over the same data. */
    public void restart() {
        process = launch();
    }

    @Override
    public void close() {
        process.close();
        Folders.delete(folder);
    }
}
