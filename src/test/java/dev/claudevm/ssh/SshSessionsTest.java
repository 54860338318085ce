package dev.claudevm.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.server.ServerProcess;
import dev.claudevm.ssh.OpenSsh.Run;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people do with {@code ssh}, {@code sftp}, {@code scp} and {@code rsync}, by those programs, in a real workspace. */
class SshSessionsTest {

    private static final int BULK_BYTES = 64 * 1024 * 1024;

    @TempDir
    static Path base;

    private static @Nullable SshWorkspace running;

    private static OpenSsh client() {
        return Objects.requireNonNull(running).client;
    }

    @BeforeAll
    static void workspace() throws Exception {
        running = SshWorkspace.start(base, ServerProcess.wholeCompiler(Map.of()));
    }

    @AfterAll
    static void nothingStays() throws Exception {
        if (running != null) {
            running.close();
        }
    }

    @Test
    void aCommandGivesItsExitCodeAndKeepsErrorsApart() throws Exception {
        Run run = client().exec("echo said; echo wrong >&2; pwd; exit 7");
        assertThat(run.exit()).isEqualTo(7);
        assertThat(run.out()).isEqualTo("said\n/workspace\n");
        assertThat(run.err()).isEqualTo("wrong\n");
    }

    @Test
    void aKilledCommandEndsAsAShellSaysIt() throws Exception {
        assertThat(client().exec("kill -9 $$").exit()).isEqualTo(128 + 9);
        assertThat(client().exec("kill -TERM $$").exit()).isEqualTo(128 + 15);
    }

    @Test
    void aCommandEndsWhenTheLastWriterHasEnded() throws Exception {
        Run run = client().exec("(sleep 1; echo late) & echo early");
        assertThat(run.out()).isEqualTo("early\nlate\n");
    }

    @Test
    void theEndOfInputArrives() throws Exception {
        Path words = Files.writeString(base.resolve("words"), "one two\nthree");
        assertThat(client().ssh(words, "ws", "wc -w").out().strip()).isEqualTo("3");
        assertThat(client().exec("cat | wc -c").out().strip()).isEqualTo("0");
    }

    @Test
    void bulkArrivesWholeInBothDirections() throws Exception {
        Path bulk = base.resolve("bulk");
        String sum = random(bulk, BULK_BYTES);
        assertThat(client().ssh(bulk, "ws", "cat > ~/bulk; sha256sum < ~/bulk").out())
                .startsWith(sum);
        Run back = client().exec("cat ~/bulk; rm ~/bulk");
        assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(back.bytes())))
                .isEqualTo(sum);
        assertThat(back.err()).isEmpty();
    }

    @Test
    void onlyHarmlessVariablesAreTaken() throws Exception {
        Run run = client().ssh(
                        null,
                        "-o",
                        "SetEnv LC_TEST=kept LD_PRELOAD=/evil.so BASH_ENV=/evil.sh",
                        "ws",
                        "echo $LC_TEST,$LD_PRELOAD,$BASH_ENV,$LINES,$SHELL");
        assertThat(run.out()).isEqualTo("kept,,,,/bin/bash\n");
    }

    @Test
    void anAgentIsNotForwarded() throws Exception {
        assertThat(client().ssh(null, "-A", "-o", "ForwardX11=yes", "ws", "echo [$SSH_AUTH_SOCK$DISPLAY]")
                        .out())
                .isEqualTo("[]\n");
    }

    @Test
    void aTerminalHasJobControlAndFollowsTheWindow() throws Exception {
        String[] tmux = {"tmux", "-L", "ssh-test-" + ProcessHandle.current().pid(), "-f", "/dev/null"};
        tmux(
                tmux,
                "new-session",
                "-d",
                "-s",
                "t",
                "-x",
                "91",
                "-y",
                "33",
                String.join(" ", client().line("ssh", "-tt", "ws")));
        try {
            seen(tmux, "$");
            tmux(tmux, "send-keys", "-t", "t", "stty size; tty; echo $TERM", "Enter");
            seen(tmux, "33 91");
            seen(tmux, "/dev/pts/");
            tmux(tmux, "resize-window", "-t", "t", "-x", "77", "-y", "22");
            tmux(tmux, "send-keys", "-t", "t", "clear; stty size", "Enter");
            seen(tmux, "22 77");
            // Suspended by Ctrl-Z, known to the shell, ended by Ctrl-C: that takes a controlling terminal.
            tmux(tmux, "send-keys", "-t", "t", "clear; sleep 1000", "Enter");
            await("the shell runs it")
                    .atMost(1, TimeUnit.MINUTES)
                    .until(() -> client().exec("pgrep -x sleep").out().strip().length() > 0);
            tmux(tmux, "send-keys", "-t", "t", "C-z");
            seen(tmux, "Stopped");
            tmux(tmux, "send-keys", "-t", "t", "clear; fg", "Enter");
            await("it has the terminal again")
                    .atMost(1, TimeUnit.MINUTES)
                    .until(() -> client().exec("ps -o stat= -C sleep").out().contains("S+"));
            tmux(tmux, "send-keys", "-t", "t", "C-c");
            tmux(tmux, "send-keys", "-t", "t", "echo code=$?", "Enter");
            seen(tmux, "code=130");
            tmux(tmux, "send-keys", "-t", "t", "exit 5", "Enter");
            await("the session is over")
                    .atMost(1, TimeUnit.MINUTES)
                    .until(() -> tmux(tmux, "has-session", "-t", "t").exit() != 0);
        } finally {
            tmux(tmux, "kill-server");
        }
    }

    private static void seen(String[] tmux, String text) {
        await("\"" + text + "\" is on the screen")
                .atMost(20, TimeUnit.SECONDS)
                .until(() -> tmux(tmux, "capture-pane", "-p", "-t", "t").out(), screen -> screen.contains(text));
    }

    private static Run tmux(String[] tmux, String... arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of(tmux));
        line.addAll(List.of(arguments));
        return client().run(null, line.toArray(String[]::new));
    }

    @Test
    void aCutConnectionHangsUp() throws Exception {
        Process ssh = client().start(
                        base.resolve("hup.out"),
                        base.resolve("hup.err"),
                        "ssh",
                        "ws",
                        "trap 'echo hung up > ~/hup; exit' HUP; touch ~/armed; while :; do sleep 0.1; done");
        await("the trap is set").until(() -> client().exec("test -e ~/armed").exit() == 0);
        ssh.destroyForcibly();
        await("the program is told")
                .atMost(20, TimeUnit.SECONDS)
                .until(() -> client().exec("cat ~/hup").out().strip().equals("hung up"));
    }

    @Test
    void fiftyChannelsOverOneConnection() throws Exception {
        Path socket = base.resolve("m");
        Process master = client().start(
                        base.resolve("m.out"), base.resolve("m.err"), "ssh", "-M", "-N", "-S", socket.toString(), "ws");
        List<Process> all = new ArrayList<>();
        try {
            await("the connection is there").until(() -> Files.exists(socket));
            for (int i = 0; i < 50; i++) {
                all.add(client().start(
                                base.resolve("c" + i),
                                base.resolve("ce" + i),
                                "ssh",
                                "-S",
                                socket.toString(),
                                "ws",
                                "read line; head -c 300000 /dev/zero | tr '\\0' x; echo; echo $line-" + i));
            }
            // Each holds its channel until it is told to go on: so all are open at once.
            await("all fifty run")
                    .atMost(60, TimeUnit.SECONDS)
                    .until(
                            () -> client().exec("pgrep -fc '^/bin/bash -c read line'")
                                    .out()
                                    .strip(),
                            "50"::equals);
            for (Process each : all) {
                each.getOutputStream().write("go\n".getBytes(StandardCharsets.US_ASCII));
                each.getOutputStream().close();
            }
            for (int i = 0; i < 50; i++) {
                assertThat(all.get(i).waitFor(60, TimeUnit.SECONDS)).isTrue();
                assertThat(Files.readString(base.resolve("c" + i)))
                        .hasSize(300_001 + ("go-" + i + "\n").length())
                        .endsWith("x\ngo-" + i + "\n");
            }
        } finally {
            all.forEach(Process::destroyForcibly);
            master.destroyForcibly();
        }
    }

    @Test
    void filesOfOddNamesGoByAndComeBySftp() throws Exception {
        sftp("sftp");
    }

    private static void sftp(String folder) throws Exception {
        Path bulk = base.resolve(folder + "-bulk");
        String sum = random(bulk, 3_000_000);
        String longest = "n".repeat(255);
        Path back = Files.createDirectories(base.resolve(folder + "-back"));
        String script =
                """
                mkdir %1$s
                cd %1$s
                put %2$s "with  two spaces"
                put %2$s %3$s
                put %2$s "Ünïcode 文 'quoted' $(x)"
                put %2$s Case
                put %5$s case
                rename "with  two spaces" "-dash"
                chmod 751 Case
                ln -s Case link
                ls -la
                get -p Case %4$s/Case
                get ./-dash %4$s/dash
                get %3$s %4$s/long
                """.formatted(folder, bulk, longest, back, Files.writeString(base.resolve(folder + "-empty"), ""));
        Path batch = Files.writeString(base.resolve(folder + ".batch"), script);
        Run run = client().run(null, client().line("sftp", "-b", batch.toString(), "ws"));
        assertThat(run.exit()).as(run.out() + run.err()).isZero();
        for (String name : List.of("Case", "dash", "long")) {
            assertThat(sum(back.resolve(name))).as(name).isEqualTo(sum);
        }
        // Relative paths begin where commands begin.
        assertThat(client().exec("cd " + folder + " && ls | sort && stat -c %a Case && readlink link")
                        .out())
                .contains("Case\ncase\n", longest, "Ünïcode 文 'quoted' $(x)", "-dash", "751\nCase\n");
    }

    @Test
    void scpInBothOfItsWays() throws Exception {
        Path file = base.resolve("scp");
        String sum = random(file, 1_000_000);
        assertThat(client().run(null, client().line("scp", "-q", file.toString(), "ws:scp one"))
                        .exit())
                .isZero();
        assertThat(client().run(
                                null,
                                client().line(
                                                "scp",
                                                "-q",
                                                "ws:scp one",
                                                base.resolve("scp-1").toString()))
                        .exit())
                .isZero();
        assertThat(sum(base.resolve("scp-1"))).isEqualTo(sum);
        assertThat(client().run(null, client().line("scp", "-O", "-q", file.toString(), "ws:scp2"))
                        .exit())
                .isZero();
        assertThat(client().exec("sha256sum < scp2").out()).startsWith(sum);
    }

    @Test
    void rsyncCarriesAFolderThereAndBack() throws Exception {
        Path from = Files.createDirectories(base.resolve("rsync/a folder"));
        random(from.resolve("one"), 2_000_000);
        Files.writeString(from.resolve("línk target"), "x");
        Files.createSymbolicLink(from.resolve("link"), Path.of("línk target"));
        String shell = String.join(" ", client().line("ssh"));
        for (String[] ends :
                new String[][] {{from + "/", "ws:rsync-folder/"}, {"ws:rsync-folder/", base.resolve("rsync/back") + "/"}
                }) {
            Run run = client().run(null, "rsync", "-a", "-s", "-e", shell, ends[0], ends[1]);
            assertThat(run.exit()).as(run.err()).isZero();
        }
        assertThat(client().run(
                                null,
                                "diff",
                                "-r",
                                from.toString(),
                                base.resolve("rsync/back").toString())
                        .exit())
                .isZero();
    }

    @Test
    void sftpDoesNotLeadOutOfTheWorkspace() throws Exception {
        Path secret = base.resolve("home/token");
        assertThat(secret).exists();
        Path batch = Files.writeString(
                base.resolve("out.batch"),
                "ln -s " + secret + " out\n-get out " + base.resolve("stolen") + "\n-get " + secret + " "
                        + base.resolve("stolen") + "\n-get ../../../.." + secret + " " + base.resolve("stolen") + "\n");
        Run run = client().run(null, client().line("sftp", "-b", batch.toString(), "ws"));
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(base.resolve("stolen")).doesNotExist();
    }

    private static String random(Path file, int bytes) throws Exception {
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(content);
        }
        return sum(file);
    }

    private static String sum(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }
}
