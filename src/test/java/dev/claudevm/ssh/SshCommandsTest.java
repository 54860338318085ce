package dev.claudevm.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code claude-vm ssh}, {@code config-ssh}, {@code cp}, {@code port-forward}, {@code key}: with OpenSSH's own programs. */
class SshCommandsTest {

    @TempDir
    static Path base;

    private static SshWorkspace workspace;
    private static OpenSsh person;

    @BeforeAll
    static void start() throws Exception {
        workspace = SshWorkspace.start(base, Map.of());
        person = workspace.client("person");
    }

    @AfterAll
    static void stop() throws Exception {
        workspace.close();
    }

    @Test
    void aCommandRunsWithItsExitCodeAndOutputAndWithoutAQuestion() throws Exception {
        OpenSsh.Run run = cli("ssh", workspace.id, "--", "cat README; echo apart >&2; exit 7");
        assertThat(run.exit()).isEqualTo(7);
        assertThat(run.out()).isEqualTo("a project");
        assertThat(run.err()).isEqualTo("apart\n");

        assertThat(cli("ssh", workspace.id, "printf", "%s", "-n").out()).isEqualTo("-n");
        assertThat(cli("ssh", workspace.id, "-o", "SetEnv=TZ=Mars", "--", "echo $TZ")
                        .out())
                .isEqualTo("Mars\n");
    }

    @Test
    void theUserAndThePortAreTakenAlsoBehindTheWorkspace() throws Exception {
        String port = String.valueOf(workspace.port());
        String user = cli("ssh", workspace.id, "id -un").out().strip();
        assertThat(cli("ssh", workspace.id, "--user", user, "--port", port, "--", "echo it\\'s $((1 + 1)); exit 4"))
                .satisfies(run -> {
                    assertThat(run.out()).isEqualTo("it's 2\n");
                    assertThat(run.exit()).isEqualTo(4);
                });
        assertThat(cli("ssh", "-p", port, "--user=" + user, workspace.id, "id", "-un")
                        .out())
                .isEqualTo(user + "\n");
        assertThat(cli("ssh", workspace.id, "--user", "nobody-here", "--", "true"))
                .satisfies(run -> {
                    assertThat(run.exit()).isNotZero();
                    assertThat(run.err()).contains("nobody-here");
                });
        assertThat(cli("ssh", workspace.id, "--user", "a;b").exit()).isEqualTo(2);
        assertThat(cli("ssh", workspace.id, "--port=x").exit()).isEqualTo(2);
    }

    @Test
    void aWorkspaceThatIsNotThereIsSaid() throws Exception {
        OpenSsh.Run run = cli("ssh", "no-such-1", "true");
        assertThat(run.exit()).isEqualTo(3);
        assertThat(run.err()).contains("There is no workspace \"no-such-1\"", "claude-vm workspace list");
    }

    @Test
    void configSshMakesPlainSshSftpAndScpWorkAndCanBeTakenBack() throws Exception {
        Path config = base.resolve("own config");
        String own = "Host other\n  User somebody\n";
        Files.writeString(config, own);
        OpenSsh.Run written = cli("config-ssh", "--ssh-config", config.toString());
        assertThat(written.err()).isEmpty();
        assertThat(written.exit()).isZero();
        assertThat(written.out()).contains("ssh " + workspace.id + ".claude-vm");
        assertThat(cli("config-ssh", "--ssh-config", config.toString()).out()).contains("includes it already");
        assertThat(Files.readString(config)).endsWith(own);

        String host = workspace.id + ".claude-vm";
        assertThat(plain("ssh", config, host, "cat README").out()).isEqualTo("a project");
        Path sent = Files.writeString(base.resolve("sent"), "by scp");
        assertThat(plain("scp", config, sent.toString(), host + ":by-scp").err())
                .isEmpty();
        Path batch = Files.writeString(base.resolve("batch"), "get by-scp " + base.resolve("got") + "\n");
        assertThat(plain("sftp", config, "-b", batch.toString(), host).exit()).isZero();
        assertThat(base.resolve("got")).hasContent("by scp");

        OpenSsh.Run stranger = plain("ssh", config, "other-name-1.claude-vm", "true");
        assertThat(stranger.exit()).isEqualTo(255);
        assertThat(stranger.err()).contains("claude-vm config-ssh");

        assertThat(cli("config-ssh", "--ssh-config", config.toString(), "--remove")
                        .exit())
                .isZero();
        assertThat(config).hasContent(own.strip());
    }

    @Test
    void filesAndFoldersAreCopiedBothWays() throws Exception {
        Path folder = Files.createDirectories(base.resolve("a folder"));
        Files.writeString(folder.resolve("odd  näme;'"), "inside");
        assertThat(cli("cp", "-r", folder.toString(), workspace.id + ":copied").err())
                .isEmpty();
        Path back = base.resolve("back");
        assertThat(cli("cp", "-r", workspace.id + ":copied", back.toString()).exit())
                .isZero();
        assertThat(back.resolve("odd  näme;'")).hasContent("inside");

        OpenSsh.Run neither = cli("cp", "here", "there");
        assertThat(neither.exit()).isEqualTo(2);
        assertThat(neither.err()).contains("WORKSPACE:PATH");
        OpenSsh.Run missing = cli("cp", workspace.id + ":is-not-there", base.toString());
        assertThat(missing.exit()).isNotZero();
        assertThat(missing.err()).contains("is-not-there");
    }

    @Test
    void aPortOfTheWorkspaceIsReachedHere() throws Exception {
        HttpServer there = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        there.createContext("/", exchange -> {
            byte[] answer = "forwarded".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        there.start();
        int here = freePort();
        Process forward = builder(cliLine(
                        "port-forward",
                        workspace.id,
                        here + ":" + there.getAddress().getPort()))
                .redirectErrorStream(true)
                .redirectOutput(base.resolve("forward").toFile())
                .start();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + here + "/"))
                    .timeout(Duration.ofSeconds(10))
                    .build();
            Awaitility.await("the port leads there")
                    .atMost(1, TimeUnit.MINUTES)
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .untilAsserted(() -> assertThat(client.send(request, HttpResponse.BodyHandlers.ofString())
                                    .body())
                            .isEqualTo("forwarded"));
            assertThat(base.resolve("forward")).content().contains("localhost:" + here + " leads to port");
        } finally {
            forward.descendants().forEach(ProcessHandle::destroy);
            forward.destroy();
            forward.waitFor();
            there.stop(0);
        }
        assertThat(cli("port-forward", workspace.id, "99999").exit()).isEqualTo(2);
    }

    @Test
    void aWorkspaceIsAFolderHereUntilItIsUnmountedOrInterrupted() throws Exception {
        assertThat(Path.of("/dev/fuse"))
                .as("mounting needs FUSE: load the kernel's module fuse")
                .isWritable();
        Path folder = base.resolve("mounted");
        Process mount = mount(folder);
        assertThat(folder.resolve("README")).hasContent("a project");
        Files.writeString(folder.resolve("from here"), "written through the mount");
        assertThat(cli("ssh", workspace.id, "--", "cat 'from here'").out()).isEqualTo("written through the mount");
        OpenSsh.Run twice = cli("mount", workspace.id, folder.toString());
        assertThat(twice.exit()).isEqualTo(1);
        assertThat(twice.err()).contains("is not empty");
        OpenSsh.Run unmounted = cli("unmount", folder.toString());
        assertThat(unmounted.exit()).as(unmounted.err()).isZero();
        assertThat(mount.waitFor()).isZero();
        assertThat(folder).isEmptyDirectory();

        Process again = mount(folder);
        again.destroy();
        again.waitFor();
        Awaitility.await("it is gone with its command")
                .atMost(30, TimeUnit.SECONDS)
                .untilAsserted(() -> assertThat(folder).isEmptyDirectory());
        OpenSsh.Run nothing = cli("unmount", folder.toString());
        assertThat(nothing.exit()).isEqualTo(1);
        assertThat(nothing.err()).contains("was not unmounted");
    }

    private static Process mount(Path folder) throws Exception {
        Path said = base.resolve("mount.log");
        Process mount = builder(cliLine("mount", workspace.id, folder.toString()))
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        Awaitility.await("its files are there")
                .atMost(1, TimeUnit.MINUTES)
                .failFast(() -> {
                    if (!mount.isAlive()) {
                        throw new AssertionError(Files.readString(said));
                    }
                })
                .until(() -> Files.exists(folder.resolve("README")));
        return mount;
    }

    @Test
    void whereThereIsNoSshfsAMountSaysSo() throws Exception {
        List<String> line = new ArrayList<>(
                List.of(cliLine("mount", workspace.id, base.resolve("nowhere").toString())));
        line.addAll(1, List.of("PATH=" + Files.createDirectories(base.resolve("no-programs"))));
        OpenSsh.Run run = person.run(null, line.toArray(String[]::new));
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err()).contains("There is no sshfs on this machine", "apt-get install sshfs", "claude-vm cp");
        assertThat(base.resolve("nowhere")).doesNotExist();
    }

    @Test
    void aKeyIsAddedListedAndRemoved() throws Exception {
        OpenSsh laptop = workspace.client("laptop");
        assertThat(laptop.exec("true").exit()).isEqualTo(255);
        Path file = Files.writeString(base.resolve("laptop.pub"), laptop.publicKey() + "\n");
        OpenSsh.Run added = cli("key", "add", file.toString(), "--name", "laptop");
        assertThat(added.err()).isEmpty();
        assertThat(added.out()).contains("May come in: SHA256:", "(laptop)");
        assertThat(laptop.exec("cat README").out()).isEqualTo("a project");
        assertThat(cli("key", "list").out().lines().filter(line -> line.startsWith("laptop ")))
                .singleElement()
                .asString()
                .contains("ssh-ed25519")
                .doesNotContain("never");

        assertThat(cli("key", "delete", "laptop").out()).startsWith("Deleted SHA256:");
        assertThat(laptop.exec("true").exit()).isEqualTo(255);
        assertThat(cli("key", "delete", "laptop").exit()).isEqualTo(3);
        assertThat(cli("key", "add", base.resolve("batch-that-is-no-key").toString())
                        .err())
                .contains("is no file with a key");
    }

    private static OpenSsh.Run plain(String program, Path config, String... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of(program, "-F", config.toString(), "-o", "BatchMode=yes"));
        line.addAll(List.of(arguments));
        return person.run(null, line.toArray(String[]::new));
    }

    private static OpenSsh.Run cli(String... arguments) throws Exception {
        return person.run(null, cliLine(arguments));
    }

    /** By env: the programs that it hands over to get the same surroundings. */
    private static String[] cliLine(String... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of(
                "env",
                "CLAUDE_VM_HOME=" + base.resolve("person-home"),
                "CLAUDE_VM_URL=" + workspace.server().url(),
                "CLAUDE_VM_TOKEN=" + workspace.server().token(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.claudevm.cli.Main"));
        line.addAll(List.of(arguments));
        return line.toArray(String[]::new);
    }

    private static ProcessBuilder builder(String... line) {
        return person.builder(line);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
