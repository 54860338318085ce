package dev.claudevm.provider.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider.Status;
import dev.claudevm.provider.StartSpec;
import dev.claudevm.provider.contract.ProbeGateway;
import dev.claudevm.provider.contract.ProbeGateway.Probe;
import dev.claudevm.provider.contract.Shell;
import dev.claudevm.provider.local.LocalOptions.IsolationChoice;
import dev.claudevm.provider.local.LocalOptions.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Breaks out, hides from a stop, lays traps: what an agent that has been taken over would do. */
@SuppressWarnings("NullAway.Init")
class SandboxTest {

    private static final String ID = "bold-fire-1234";
    private static final String OTHER = "calm-sea-77";
    private static final Progress QUIET = (step, done, detail) -> {};

    @TempDir
    Path temp;

    private ProbeGateway gateway;
    private Path home;
    private Path root;
    private StartSpec spec;
    private LocalProvider provider;

    @BeforeEach
    void setUp() throws Exception {
        gateway = new ProbeGateway();
        home = Files.createDirectories(temp.resolve("product"));
        Files.writeString(home.resolve("secret"), "of the product");
        root = home.resolve("workspaces");
        Path source = Files.createDirectories(temp.resolve("source"));
        Files.writeString(source.resolve("file"), "x");
        provider = provider(LocalOptions.defaults().withIsolation(IsolationChoice.BUBBLEWRAP));
        for (String id : List.of(ID, OTHER)) {
            provider.create(new CreateSpec(id, source.toString(), null), QUIET);
        }
        spec = spec(1);
    }

    @AfterEach
    void tearDown() throws Exception {
        provider.delete(ID, QUIET);
        provider.delete(OTHER, QUIET);
        gateway.close();
    }

    private LocalProvider provider(LocalOptions options) {
        return new LocalProvider(root, options);
    }

    private StartSpec spec(long generation) throws Exception {
        Path agents = Files.createDirectories(temp.resolve("agents"));
        Path kit = ProbeGateway.writeKit(temp.resolve("kit"));
        // A Java whose path is not below /usr.
        Path java = temp.resolve("a java");
        if (!Files.exists(java)) {
            Files.createSymbolicLink(java, Path.of(System.getProperty("java.home")));
        }
        return new StartSpec(ID, generation, gateway.address(), "ssh-ed25519 AAAA", null, "t", kit, java, agents);
    }

    private Probe start() throws Exception {
        provider.start(spec, QUIET);
        return gateway.next();
    }

    @Test
    void theHostsFilesAreOutOfSight() throws Exception {
        Probe probe = start();
        Path hostsHome = Path.of(System.getProperty("user.home"));
        for (Path hidden : List.of(
                home,
                home.resolve("secret"),
                root.resolve(OTHER).resolve("project/file"),
                temp,
                hostsHome,
                Path.of("/var/lib"),
                Path.of("/etc/shadow"),
                Path.of("/sys"),
                Path.of("/boot"),
                root.resolve(ID).resolve("provider.json"))) {
            assertThat(probe.run("ls '" + hidden + "' || cat '" + hidden + "'").exit())
                    .as("%s is hidden", hidden)
                    .isNotZero();
        }
        assertThat(probe.output("ls -A /home /home/agent /workspace | tr '\\n' ' '"))
                .isEqualTo("/home: agent  /home/agent: .claude-vm  /workspace: file");
        // Through another process' idea of the root folder too.
        assertThat(probe.run("cat /proc/1/root" + home + "/secret /proc/*/cwd/../secret")
                        .output())
                .doesNotContain("of the product");
    }

    @Test
    void theHostsProcessesAreOutOfSight() throws Exception {
        Probe probe = start();
        long server = ProcessHandle.current().pid();
        assertThat(probe.output("readlink /proc/self/ns/pid"))
                .isNotEqualTo(Shell.run(temp, "readlink /proc/self/ns/pid"));
        assertThat(probe.output("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")).doesNotContain("surefire");
        assertThat(probe.output("ls -d /proc/[0-9]* | wc -l"))
                .satisfies(n -> assertThat(Integer.parseInt(n)).isLessThan(12));
        assertThat(probe.run("kill -0 " + server).exit())
                .as("signal to the server")
                .isNotZero();
        String environments =
                probe.run("cat /proc/[0-9]*/environ | tr '\\0' '\\n'").output();
        System.getenv().forEach((name, value) -> {
            if (!Set.of("PATH", "HOME", "LANG", "LC_ALL", "LANGUAGE", "TERM", "SHELL", "SHLVL", "USER", "LOGNAME", "_")
                    .contains(name)) {
                assertThat(environments.lines().toList()).doesNotContain(name + "=" + value);
            }
        });
    }

    @Test
    void systemAndKitCannotBeChanged() throws Exception {
        Probe probe = start();
        for (String place : List.of(
                "/usr/x",
                "/usr/bin/x",
                "/etc/x",
                "/x",
                "/opt/x",
                "/opt/claude-vm/bridge/x",
                "/opt/claude-vm/java/x",
                "/opt/claude-vm/agents/x",
                "/opt/claude-vm/init.sh",
                "/etc/passwd",
                "/etc/ssl/certs/x")) {
            assertThat(probe.run("echo x >>" + place).exit())
                    .as("%s is read-only", place)
                    .isNotZero();
        }
        assertThat(probe.run("mount -t tmpfs x /tmp || mount -o remount,rw /usr || umount /usr")
                        .exit())
                .isNotZero();
        assertThat(probe.output("echo x >/tmp/x && echo x >~/x && echo x >/workspace/x && echo ok"))
                .isEqualTo("ok");
    }

    @Test
    void noPrivilegesAreThereOrCanBeHad() throws Exception {
        Probe probe = start();
        String status = probe.output("cat /proc/self/status");
        assertThat(status)
                .contains("NoNewPrivs:\t1")
                .containsPattern("CapEff:\\s+0{16}")
                .containsPattern("CapPrm:\\s+0{16}");
        assertThat(probe.output("id -u; id -un; id -G | tr '\\n' ' '")).startsWith("1000\nagent\n1000");
        assertThat(probe.run("unshare -U true").exit())
                .as("a user namespace of its own")
                .isNotZero();
        Integer owner = (Integer) Files.getAttribute(root.resolve(ID).resolve("project"), "unix:uid");
        Integer others = (Integer) Files.getAttribute(root.resolve(OTHER).resolve("project"), "unix:uid");
        assertThat(owner).as("a user of its own on the host").isNotZero().isNotEqualTo(others);
        assertThat(probe.output("stat -c %U:%G /workspace/file")).isEqualTo("agent:agent");
    }

    @Test
    void everydayProgramsWork() throws Exception {
        Probe probe = start();
        assertThat(
                        probe.output(
                                "git init -q r && cd r && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m m && git log --format=%s"))
                .isEqualTo("m");
        assertThat(
                        probe.output(
                                "tmux new-session -d -s s 'echo in tmux >/tmp/said; sleep 60' && until [ -s /tmp/said ]; do sleep 0.05; done; cat /tmp/said"))
                .isEqualTo("in tmux");
        assertThat(
                        probe.output(
                                "getent hosts localhost >/dev/null && getent hosts $(hostname) >/dev/null && whoami && hostname"))
                .isEqualTo("agent\n" + ID);
        assertThat(probe.output("ls /etc/ssl/certs | wc -l")).isNotEqualTo("0");
        assertThat(probe.output("ls -la /dev/null /dev/pts /dev/shm >/dev/null && date +%Z && mktemp -u"))
                .contains("/tmp/tmp.");
    }

    @ParameterizedTest
    @EnumSource(names = {"BUBBLEWRAP", "NONE"})
    void aStopEndsEverythingHoweverItHides(IsolationChoice choice) throws Exception {
        provider = provider(LocalOptions.defaults().withIsolation(choice).withStopGrace(Duration.ofMillis(500)));
        Probe probe = start();
        probe.output("""
                setsid nohup sleep 31337.1 >/dev/null 2>&1 </dev/null &
                (trap '' TERM HUP; setsid nohup bash -c 'trap "" TERM HUP; while :; do sleep 31337.2; done' >/dev/null 2>&1 </dev/null &)
                TMUX_TMPDIR=$HOME tmux -L kill-test new-session -d 'sleep 31337.3'
                (env -u CLAUDE_VM_WORKSPACE setsid sleep 31337.4 >/dev/null 2>&1 </dev/null &)
                true
                """);
        await("all run").untilAsserted(() -> assertThat(sleepers()).hasSizeGreaterThanOrEqualTo(4));
        provider.stop(ID, QUIET);
        assertThat(sleepers()).isEmpty();
        assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
        assertThat(probe.isGone()).isTrue();
    }

    @Test
    void aStopInTheSandboxEndsProcessesWithoutTheirMark() throws Exception {
        Probe probe = start();
        probe.output("(env -i setsid nohup sleep 31337.5 >/dev/null 2>&1 </dev/null &) ; true");
        await("it runs").untilAsserted(() -> assertThat(sleepers()).isNotEmpty());
        provider.stop(ID, QUIET);
        assertThat(sleepers()).isEmpty();
    }

    @Test
    void aKilledInitDoesNotHideTheRest() throws Exception {
        Probe probe = start();
        probe.output("(setsid nohup sleep 31337.6 >/dev/null 2>&1 </dev/null &); true");
        await("it runs").untilAsserted(() -> assertThat(sleepers()).isNotEmpty());
        Shell.run(
                temp,
                "kill -9 $(pgrep -f '^bash /opt/claude-vm/init.sh' -u $(stat -c %u '" + root.resolve(ID)
                        + "/project'))");
        await().untilAsserted(() -> assertThat(provider.status(ID)).isEqualTo(Status.STOPPED));
        spec = spec(2);
        assertThat(start().generation()).isEqualTo(2);
        assertThat(sleepers()).isEmpty();
    }

    private List<String> sleepers() throws Exception {
        return Shell.run(temp, "pgrep -af '^sleep 31337' || true").lines().toList();
    }

    @Test
    void trapsInPlaceOfTheTokenAreNotSprung() throws Exception {
        Path victim = Files.writeString(temp.resolve("victim"), "untouched");
        start().output("rm ~/.claude-vm/token; ln -s '" + victim + "' ~/.claude-vm/token; rm -rf /workspace/.git");
        spec = spec(2);
        assertThat(start().token()).isEqualTo("t");
        assertThat(victim).hasContent("untouched");
        provider.stop(ID, QUIET);
        Path bridge = root.resolve(ID).resolve("bridge");
        Shell.run(bridge, "rm -f token; mkdir -p token/full; rmdir ../home/.claude-vm; ln -s / ../home/.claude-vm");
        spec = spec(3);
        assertThat(start().token()).isEqualTo("t");
    }

    @Test
    void whateverAnAgentLeavesCanBeDeleted() throws Exception {
        start().output("""
                cd /workspace; mkdir -p ro/sub; touch ro/sub/f; chmod 000 ro/sub; chmod 500 ro; ln -s / out
                deep=$(printf 'd%.0s' $(seq 200)); for i in $(seq 30); do mkdir "$deep" && cd "$deep"; done; touch end
                """);
        provider.delete(ID, QUIET);
        assertThat(provider.status(ID)).isEqualTo(Status.ABSENT);
        assertThat(Shell.run(root, "ls")).isEqualTo(OTHER);
        assertThat(home.resolve("secret")).exists();
    }

    @Test
    void theLogIsBounded() throws Exception {
        // The probe prints what commands say.
        start().output("yes 0123456789012345678901234567890123456789 | head -c 8000000");
        Path run = root.resolve(ID).resolve("run");
        await().untilAsserted(() -> assertThat(run.resolve("init.log.1")).exists());
        assertThat(Integer.parseInt(Shell.run(run, "cat init.log init.log.1 | wc -c")))
                .isLessThanOrEqualTo(2 << 20);
    }

    @Test
    void limitsHold() throws Exception {
        var few = new Limits(200, 512, 256L << 20, 1.0, 1L << 20);
        provider = provider(LocalOptions.defaults()
                .withIsolation(IsolationChoice.BUBBLEWRAP)
                .withLimits(few));
        Probe probe = start();
        assertThat(probe.output("ulimit -c; ulimit -n; ulimit -u")).isEqualTo("0\n512\n200");
        assertThat(probe.run("head -c 5000000 /dev/zero 2>/workspace/said >/tmp/big; rm /tmp/big; cat /workspace/said")
                        .output())
                .contains("No space left");
        assertThat(probe.run("for i in $(seq 400); do sleep 5 & done").output())
                .contains("Resource temporarily unavailable");
        boolean limited = provider.capabilities().warnings().stream()
                .noneMatch(warning -> warning.contains("memory is not limited"));
        if (limited) {
            // dash's and coreutils' own memory: tail keeps a line without an end.
            assertThat(probe.run("head -c 600000000 /dev/zero | tail >/dev/null; echo ${PIPESTATUS[1]}")
                            .output())
                    .contains("137");
        }
    }
}
