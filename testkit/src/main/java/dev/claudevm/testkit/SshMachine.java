package dev.claudevm.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A machine that one reaches over SSH: OpenSSH's own {@code sshd} on a free port, with a user whose home is in a temporary folder. As root the user is one that
 * this machine does not have, and everything lives in pid and mount namespaces of its own; otherwise it is who runs the tests.
 */
public final class SshMachine implements AutoCloseable {

    private static final int UID = 4242;
    private static final Duration START = Duration.ofSeconds(20);

    private final Path folder;
    private final boolean root;
    private final int port;
    private Process server;

    private SshMachine(Path folder, boolean root, int port) throws IOException, InterruptedException {
        this.folder = folder;
        this.root = root;
        this.port = port;
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", key().toString());
        Files.copy(folder.resolve("key.pub"), folder.resolve("authorized_keys"));
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", hostKey().toString());
        Files.createDirectory(home());
        configure("");
        Files.writeString(
                folder.resolve("passwd"),
                Files.readString(Path.of("/etc/passwd")) + user() + ":x:" + UID + ":" + UID + "::" + home()
                        + ":/bin/bash\n");
        own();
        server = serve();
    }

    /** Starts one. */
    public static SshMachine start() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("cvm-ssh");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        boolean root = Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = free.getLocalPort();
            // Before sshd starts: whoever listens here would be taken for it.
            free.close();
            return new SshMachine(folder, root, port);
        }
    }

    public int port() {
        return port;
    }

    public String user() {
        return root ? "traveller" : System.getProperty("user.name");
    }

    /** @return the user's home, as it is seen here too */
    public Path home() {
        return folder.resolve("home");
    }

    /** @return the file of a private key that opens the machine */
    public Path key() {
        return folder.resolve("key");
    }

    private Path hostKey() {
        return folder.resolve("host_key");
    }

    /** @return {@code SHA256:…} */
    public String fingerprint() throws IOException, InterruptedException {
        return run("ssh-keygen", "-lf", hostKey().toString()).split(" ")[1];
    }

    /** @param lines of {@code sshd_config}; they hold from the next start on */
    public void configure(String lines) throws IOException {
        Files.writeString(folder.resolve("sshd_config"), """
            Port %d
            ListenAddress 127.0.0.1
            HostKey %s
            AuthorizedKeysFile %s
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PidFile none
            SetEnv HOME=%s
            LogLevel VERBOSE
            %s
            """.formatted(
                        port, hostKey(), folder.resolve("authorized_keys"), home(), lines));
    }

    /** From the next start on, {@link #holdAfter} works. */
    public void tap() throws IOException {
        Path script = folder.resolve("tap");
        Files.writeString(script, """
            #!/bin/sh
            # Does what it is told to. The end of the command that is waited for is not heard of before it is allowed.
            cd "${0%/*}/home" || exit 1
            sh -c "$SSH_ORIGINAL_COMMAND"
            code=$?
            { read -r wanted <../tap.wanted; } 2>/dev/null
            case $SSH_ORIGINAL_COMMAND in
              *"/machine-"*".sh "?*" ${wanted:-nothing} "*)
                mv ../tap.wanted ../tap.done && while [ -e ../tap.done ]; do sleep 0.05; done
                ;;
            esac
            exit $code
            """);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        configure("ForceCommand " + script);
    }

    /**
     * The next such command is done, and its answer waits for {@link #release}.
     *
     * @param command of the provider's script, for example {@code start}
     */
    public void holdAfter(String command) throws IOException {
        Path fresh = folder.resolve("tap.new");
        Files.writeString(fresh, command + "\n");
        Files.move(fresh, folder.resolve("tap.wanted"), StandardCopyOption.ATOMIC_MOVE);
    }

    /** @return whether the command was done */
    public boolean holds() {
        return Files.exists(folder.resolve("tap.done"));
    }

    public void release() throws IOException {
        Files.deleteIfExists(folder.resolve("tap.done"));
    }

    /** The machine is set up anew, as it seems: another host key. */
    public void changeHostKey() throws IOException, InterruptedException {
        Files.delete(hostKey());
        Files.delete(folder.resolve("host_key.pub"));
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", hostKey().toString());
        own();
        reboot();
    }

    /** Every process of the user ends without a word; then the machine is there again. */
    public void reboot() throws IOException, InterruptedException {
        end();
        server = serve();
    }

    private void own() throws IOException, InterruptedException {
        if (root) {
            run("chown", "-R", UID + ":" + UID, folder.toString());
        }
    }

    private Process serve() throws IOException, InterruptedException {
        List<String> line = new ArrayList<>();
        if (root) {
            line.addAll(List.of(
                    "unshare",
                    "--mount",
                    "--pid",
                    "--fork",
                    "--mount-proc",
                    "sh",
                    "-c",
                    "mount --bind \"$1\" /etc/passwd && exec setpriv --reuid=\"$2\" --regid=\"$2\" --clear-groups"
                            // The first process, which takes up what is left behind.
                            + " bash -c '/usr/sbin/sshd -D -e -f \"$1\" & wait' bash \"$3\"",
                    "sh",
                    folder.resolve("passwd").toString(),
                    Integer.toString(UID)));
        } else {
            line.addAll(List.of("/usr/sbin/sshd", "-D", "-e", "-f"));
        }
        line.add(folder.resolve("sshd_config").toString());
        var builder = new ProcessBuilder(line).directory(folder.toFile()).redirectErrorStream(true);
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("sshd.log").toFile()));
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        Process process = builder.start();
        long deadline = System.nanoTime() + START.toNanos();
        while (System.nanoTime() < deadline && process.isAlive()) {
            try (var socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                return process;
            } catch (IOException e) {
                Thread.sleep(20);
            }
        }
        process.destroyForcibly();
        throw new AssertionError("sshd did not start: " + log());
    }

    /** @return what sshd said */
    public String log() throws IOException {
        return Files.readString(folder.resolve("sshd.log"));
    }

    private void end() throws IOException, InterruptedException {
        if (root) {
            // The first process of the namespace takes all others with it.
            server.children().forEach(ProcessHandle::destroyForcibly);
        } else {
            server.destroyForcibly();
            for (boolean found = true; found; ) {
                found = false;
                for (long pid : ours()) {
                    found |= ProcessHandle.of(pid)
                            .map(ProcessHandle::destroyForcibly)
                            .orElse(false);
                }
            }
        }
        if (!server.waitFor(20, TimeUnit.SECONDS)) {
            throw new AssertionError("the machine does not end");
        }
    }

    /** @return processes that have to do with the machine's folder, and are not this one */
    private List<Long> ours() throws IOException {
        List<Long> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path one : all) {
                long pid = Long.parseLong(one.getFileName().toString());
                if (pid != ProcessHandle.current().pid() && (says(one, "cmdline") || says(one, "environ"))) {
                    found.add(pid);
                }
            }
        }
        return found;
    }

    private boolean says(Path process, String file) {
        try {
            return Files.readString(process.resolve(file), StandardCharsets.ISO_8859_1)
                    .contains(folder.toString());
        } catch (IOException e) {
            return false;
        }
    }

    private String run(String... line) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError(String.join(" ", line) + ": " + said);
        }
        return said;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        end();
        run("rm", "-rf", "--", folder.toString());
    }
}
