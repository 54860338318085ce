package dev.claudevm.provider.material;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kit in a system that has a shell and its C library, and nothing else. */
@SuppressWarnings("NullAway.Init")
class LinuxKitTest {

    private static final Progress QUIET = (step, done, detail) -> {};
    private static final Path JAVA = Path.of(System.getProperty("java.home"));

    @TempDir
    static Path temp;

    private static Path kit;

    /** By two processes at once, where a third one has died in the middle of it. */
    @BeforeAll
    static void make() throws Exception {
        Path kits = temp.resolve("kits with a space");
        Files.writeString(Files.createDirectories(kits.resolve(".linux-4711")).resolve("file"), "half");
        List<Process> makers = List.of(makes(kits), makes(kits));
        List<String> made = new ArrayList<>();
        for (Process maker : makers) {
            made.add(new String(maker.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            assertThat(maker.waitFor()).as(made.getLast()).isZero();
        }
        kit = Path.of(made.getFirst());
        assertThat(made.getLast()).isEqualTo(kit.toString());
    }

    private static Process makes(Path kits) throws Exception {
        return new ProcessBuilder(
                        JAVA.resolve("bin/java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        MakeKit.class.getName(),
                        kits.toString())
                .redirectErrorStream(true)
                .start();
    }

    private static String bare(String script) throws Exception {
        Path classes = Path.of(LinuxKitTest.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        List<String> words = new ArrayList<>(List.of("bwrap", "--unshare-all", "--unshare-user", "--uid", "1000"));
        words.addAll(List.of("--ro-bind", kit.toString(), "/opt/claude-vm/kit"));
        words.addAll(List.of("--ro-bind", classes.toString(), "/classes"));
        Path shell = Path.of("/bin/sh").toRealPath();
        words.addAll(List.of("--ro-bind", shell.toString(), "/bin/sh"));
        for (String line :
                ExternalProgram.run(List.of("ldd", shell.toString())).output().split("\n")) {
            String library = line.replaceFirst(".*=> ", "").strip().split(" ")[0];
            if (library.startsWith("/")) {
                words.addAll(List.of("--ro-bind", Path.of(library).toRealPath().toString(), library));
            }
        }
        words.addAll(List.of("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--chdir", "/tmp", "--clearenv"));
        words.addAll(List.of("--setenv", "PATH", "/opt/claude-vm/kit/bin", "--setenv", "HOME", "/tmp"));
        words.addAll(List.of("--setenv", "LC_ALL", "C.UTF-8", "/bin/sh", "-euc", script));
        var ran = ExternalProgram.run(words);
        assertThat(ran.exit()).as(ran.output()).isZero();
        return ran.output().strip();
    }

    @Test
    void gitClonesAndCommitsThere() throws Exception {
        assertThat(bare("""
                        git init -q r && cd r && echo x >ünï
                        git add . && git -c user.name=a -c user.email=b@c commit -qm first
                        git clone -q file:///tmp/r /tmp/c && cd /tmp/c && git log --format=%s
                        """)).isEqualTo("first");
    }

    @Test
    void tmuxHasATerminal() throws Exception {
        assertThat(bare("""
                        tmux -L t -f /dev/null new-session -d -s s 'echo "pane $TERM" >/tmp/said; tmux -L t wait-for -S done; read -r end'
                        tmux -L t wait-for done; read -r line </tmp/said; echo "$line"; tmux -L t kill-server
                        """)).startsWith("pane ");
    }

    @Test
    void javaRunsAndStartsPrograms() throws Exception {
        assertThat(bare("/opt/claude-vm/kit/java/bin/java -cp /classes dev.claudevm.provider.material.Spawn /bin/sh -c"
                        + " 'echo spawned'"))
                .isEqualTo("spawned");
    }

    @Test
    void whatTheKitHasIsMadeOnce() throws Exception {
        var before = Files.getLastModifiedTime(kit);
        assertThat(new LinuxKit(kit.getParent()).ready(JAVA, QUIET)).isEqualTo(kit);
        assertThat(Files.getLastModifiedTime(kit)).isEqualTo(before);
        try (var all = Files.list(kit.getParent())) {
            assertThat(all.filter(file -> !file.endsWith(".making")))
                    .as("nothing half made")
                    .containsExactly(kit);
        }
    }

    @Test
    void aJavaThatCannotBeLinkedIsSaidAndLeavesNothing() throws Exception {
        Path kits = temp.resolve("other kits");
        assertThatThrownBy(() -> new LinuxKit(kits).ready(temp.resolve("no java"), QUIET))
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.todo()).contains("JDK"))
                .hasMessageContaining("jlink");
        try (var left = Files.list(kits)) {
            assertThat(left.filter(file -> !file.endsWith(".making"))).isEmpty();
        }
    }
}
