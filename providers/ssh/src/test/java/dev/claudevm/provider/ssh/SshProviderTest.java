package dev.claudevm.provider.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.claudevm.provider.ConfirmationNeeded;
import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.Provider.Status;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.ProviderSetup;
import dev.claudevm.provider.contract.ProbeGateway.Probe;
import dev.claudevm.provider.contract.ProviderContract;
import dev.claudevm.testkit.CuttingProxy;
import dev.claudevm.testkit.SshMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract, on a machine behind a real sshd. */
@SuppressWarnings("NullAway.Init")
class SshProviderTest extends ProviderContract {

    private static final Path JAVA = Path.of(System.getProperty("java.home"));
    private static final String FOLDER = "~/.claude-vm-machine";

    @TempDir
    static Path shared;

    private static SshMachine machine;

    private final List<Provider> opened = new ArrayList<>();

    /** Somebody else's workspace on the machine: so the programs are not copied for each test anew. */
    private static Path others() {
        return machine.home().resolve(".claude-vm-machine/others");
    }

    @BeforeAll
    static void machine() throws Exception {
        machine = SshMachine.start();
    }

    @AfterAll
    static void end() throws Exception {
        machine.close();
    }

    private Provider open(Map<String, String> changes) {
        return open("ssh", changes);
    }

    private Provider open(String name, Map<String, String> changes) {
        try {
            Map<String, String> values = new HashMap<>(Map.of(
                    "host", "127.0.0.1",
                    "port", Integer.toString(machine.port()),
                    "user", machine.user(),
                    "key", Files.readString(machine.key()),
                    "hostKey", machine.fingerprint(),
                    "folder", FOLDER));
            values.putAll(changes);
            values.values().removeIf(String::isEmpty);
            Path home = temp.resolve("odd home ü 'x'");
            Provider made = new SshKind(null, false)
                    .open(new ProviderSetup(name, values, home.resolve(name), home, shared.resolve("kits"), JAVA));
            opened.add(made);
            return made;
        } catch (ProviderException | IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    protected Provider open() {
        try {
            Files.createDirectories(others().resolve("w/theirs"));
            if (Files.getOwner(machine.home()).equals(Files.getOwner(others()))) {
                return open(Map.of());
            }
            for (Path path = others().resolve("w/theirs"); !path.equals(machine.home()); path = path.getParent()) {
                Files.setOwner(path, Files.getOwner(machine.home()));
            }
            return open(Map.of());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        Provider fresh = open(Map.of());
        for (String id : ids()) {
            fresh.delete(id, quiet());
        }
        opened.forEach(Provider::close);
        try (Stream<Path> left = Files.list(machine.home().resolve(".claude-vm-machine"))) {
            assertThat(left.map(path -> path.getFileName().toString())
                            .filter(name -> !name.matches("kits|bridges|others|lock|(machine|init)-.*")))
                    .isEmpty();
        } catch (java.nio.file.NoSuchFileException e) {
            // Everything is gone.
        }
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String... why) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(ProviderException.class, ProviderContract::assertPlain)
                .satisfies(e -> assertThat(e.getMessage() + " " + ((ProviderException) e).todo())
                        .contains(why));
    }

    @Test
    void theWorkspaceIsInACageOfItsOwn() throws Exception {
        provider.create(fromSource(), quiet());
        provider.create(new CreateSpec("calm-sea-77", source.toString(), null), quiet());
        Probe probe = started(1);
        assertThat(provider.capabilities().sandboxed()).isTrue();
        assertThat(probe.output("id -un; id -u; pwd; stat -c %U /workspace /home/agent | tr '\\n' ' '"))
                .isEqualTo("agent\n1000\n/workspace\nagent agent");
        assertThat(probe.output("umask")).isEqualTo("0022");
        assertThat(probe.output("ls -A " + machine.home() + " 2>/dev/null || echo nothing"))
                .isEqualTo("nothing");
        for (String place : List.of(
                "/etc/x",
                "/usr/x",
                "/opt/claude-vm/kit/x",
                "/opt/claude-vm/bridge/x",
                "/opt/claude-vm/agents/x",
                "/run/claude-vm/home/x")) {
            assertThat(probe.run("echo x >" + place).exit()).as(place).isNotZero();
        }
        assertThat(probe.run("rm /run/claude-vm/home/home.sock").exit()).isNotZero();
        assertThat(probe.output("tmux -V; git --version; rg --version | head -n 1"))
                .contains("tmux ", "git version");
    }

    /** The socket's folder and the socket are the user's alone. */
    @Test
    void nobodyElseOnTheMachineCanUseTheWayHome() throws Exception {
        provider.create(fromSource(), quiet());
        started(1);
        try (Stream<Path> all = Files.walk(machine.home().resolve(".claude-vm-machine"))) {
            List<Path> sockets = all.filter(path -> path.endsWith("home.sock")).toList();
            assertThat(sockets).hasSize(1);
            assertThat(Files.getPosixFilePermissions(sockets.getFirst()))
                    .containsExactlyInAnyOrder(
                            java.nio.file.attribute.PosixFilePermission.OWNER_READ,
                            java.nio.file.attribute.PosixFilePermission.OWNER_WRITE);
            assertThat(java.nio.file.attribute.PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(sockets.getFirst().getParent())))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void withoutASandboxItWorksAndSaysSo() throws Exception {
        provider = open(Map.of("isolation", "none"));
        provider.create(fromSource(), quiet());
        Probe first = started(1);
        assertThat(provider.capabilities().sandboxed()).isFalse();
        assertThat(provider.capabilities().warnings()).anyMatch(warning -> warning.startsWith("No isolation"));
        assertThat(first.output("cat \"$CLAUDE_VM_PROJECT/hello.txt\"; whoami")).isEqualTo("hello\n" + machine.user());
        first.output("setsid nohup sleep 4713 >/dev/null 2>&1 & disown; echo ok");
        first.tell("kill -9 $PPID");
        Probe second = gateway.next();
        assertThat(second.output("pgrep -fc 'sleep [4]713'")).isEqualTo("1");
        assertThat(provider.status(ID)).isEqualTo(Status.RUNNING);
        Probe third = started(2);
        assertThat(second.isGone()).isTrue();
        assertThat(third.output("pgrep -f 'sleep [4]713' || echo none")).isEqualTo("none");
        provider.stop(ID, quiet());
        assertThat(third.isGone()).isTrue();
        assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
    }

    @Test
    void aProjectComesAsItIs() throws Exception {
        Shell.run(source, """
            mkdir -p a/b empty ro; echo x >a/b/exe; chmod 751 a/b/exe; echo s >ro/s; chmod 440 ro/s; chmod 555 ro
            ln -s /etc/passwd outside; ln -s a/b/exe inside; ln -s nowhere broken; touch -- '-rf' 'two words' ünï $'bytes\\xff'
            touch -d '2001-02-03T04:05:06.123456789Z' a/b/exe; git init -q -b main . && git add -A && git commit -qm first
            git branch side; echo changed >hello.txt
            """);
        String list = "find . -mindepth 1 -path ./.git -prune -o \\( -type l -printf '%P %y %l\\n"
                + "' -o -printf '%P %y %m %T@\\n"
                + "' \\) | LC_ALL=C sort";
        provider.create(fromSource(), quiet());
        Probe probe = started(1);
        assertThat(probe.output(list + " | cksum")).isEqualTo(Shell.run(source, list + " | cksum"));
        assertThat(probe.output("git status --porcelain; git log --format=%s; find . ! -user agent"))
                .isEqualTo("M hello.txt\nfirst");
    }

    @Test
    void aBranchIsCheckedOutThere() throws Exception {
        Shell.run(
                source,
                "git init -q -b main . && git add -A && git commit -qm first && git switch -qc side"
                        + " && echo side >hello.txt && git commit -qam second && git switch -q main");
        provider.create(new CreateSpec(ID, source.toString(), "side"), quiet());
        assertThat(started(1).output("cat hello.txt; git branch --show-current"))
                .isEqualTo("side\nside");
        refused(
                () -> provider.create(new CreateSpec("calm-sea-77", source.toString(), "nope"), quiet()),
                "does not exist");
        assertThat(provider.list()).containsExactly(ID);
    }

    @Test
    void theHostKeyIsConfirmedOnceAndAnotherOneIsRefused() throws Exception {
        Provider unknown = open("new", Map.of("hostKey", ""));
        assertThatThrownBy(unknown::check).isInstanceOfSatisfying(ConfirmationNeeded.class, e -> {
            assertThat(e.option()).isEqualTo("hostKey");
            assertThat(e.value()).isEqualTo(fingerprint());
            assertThat(e.todo()).contains("ssh-keygen -lf");
        });
        open("confirmed", Map.of("hostKey", fingerprint())).check();
        String before = fingerprint();
        provider.check();
        machine.changeHostKey();
        await("the old connection is gone")
                .atMost(LONG)
                .untilAsserted(() -> refused(provider::check, "has changed", before, fingerprint(), "hostKey"));
        refused(() -> provider.create(fromSource(), quiet()), "has changed");
    }

    private static String fingerprint() {
        try {
            return machine.fingerprint();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatIsWrongWithTheWayToTheMachineIsSaid() throws Exception {
        Shell.run(temp, "ssh-keygen -q -t ed25519 -N '' -f other; ssh-keygen -q -t ed25519 -N secret -f locked");
        String other = Files.readString(temp.resolve("other"));
        String line = Files.readString(temp.resolve("other.pub")).split(" ")[1];
        refused(() -> open("a", Map.of("key", other)).check(), "does not let", "authorized_keys", line);
        refused(
                () -> open("b", Map.of("key", Files.readString(temp.resolve("locked"))))
                        .check(),
                "passphrase");
        refused(() -> open("c", Map.of("key", "nonsense")).check(), "is no private key");
        refused(() -> open("d", Map.of("key", "")).check(), "There is no key");
        refused(() -> open("e", Map.of("port", "1")).check(), "does not answer");
        refused(() -> open("f", Map.of("host", "no.such.host.invalid")).check(), "is known");
        refused(() -> open("g", Map.of("folder", "/proc/x")).check(), "may not write");
        refused(
                () -> open("h", Map.of("folder", "~/" + "long/".repeat(20) + "x"))
                        .create(fromSource(), quiet()),
                "too long");
        Provider wrong = open("i", Map.of("user", "nobody-there"));
        refused(wrong::check, "does not let");
    }

    @Test
    void aKeyOfAnSshAgentAndAJumpHostLeadThere() throws Exception {
        Path socket = temp.resolve("agent.sock");
        Process agent = new ProcessBuilder("ssh-agent", "-D", "-a", socket.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            await().atMost(LONG).until(() -> Files.exists(socket));
            Shell.run(temp, "SSH_AUTH_SOCK=" + socket + " ssh-add -q " + machine.key());
            Map<String, String> values = Map.of(
                    "host", "127.0.0.1",
                    "port", Integer.toString(machine.port()),
                    "user", machine.user(),
                    "jump", machine.user() + "@127.0.0.1:" + machine.port(),
                    "hostKey", fingerprint(),
                    "jumpHostKey", fingerprint());
            Provider through = new SshKind(socket, false)
                    .open(new ProviderSetup("j", values, temp.resolve("j"), temp, shared.resolve("kits"), JAVA));
            opened.add(through);
            through.check();
            assertThat(through.list()).isEmpty();
        } finally {
            agent.destroy();
            agent.waitFor(10, TimeUnit.SECONDS);
        }
        refused(
                () -> open("k", Map.of("jump", machine.user() + "@127.0.0.1:" + machine.port()))
                        .check(),
                "not known yet");
    }

    @Test
    void aConnectionThatIsCutComesBackAndTheWorkspaceWithIt() throws Exception {
        try (CuttingProxy proxy = CuttingProxy.before("127.0.0.1", machine.port())) {
            provider = open("cut", Map.of("port", Integer.toString(proxy.port())));
            try {
                provider.create(fromSource(), quiet());
                Probe first = started(1);
                first.output("echo work >work; setsid nohup sleep 4714 >/dev/null 2>&1 & disown; echo ok");
                proxy.mode(CuttingProxy.Mode.REFUSE);
                refused(() -> provider.check(), "does not answer");
                proxy.mode(CuttingProxy.Mode.PASS);
                Probe second = gateway.next();
                assertThat(second.pid()).isEqualTo(first.pid());
                assertThat(second.output("cat work; pgrep -fc 'sleep [4]714'")).isEqualTo("work\n1");
                // As when a router forgot the connection: no end is heard.
                proxy.mode(CuttingProxy.Mode.BLACKHOLE);
                proxy.mode(CuttingProxy.Mode.PASS);
                assertThat(provider.status(ID)).isEqualTo(Status.RUNNING);
                proxy.cutAll();
                assertThat(gateway.next().output("cat work")).isEqualTo("work");
                assertThat(provider.status(ID)).isEqualTo(Status.RUNNING);
            } finally {
                proxy.mode(CuttingProxy.Mode.PASS);
                provider.delete(ID, quiet());
            }
        }
    }

    /** The connection is cut at each report of progress; the same work goes on over the next one. */
    @Test
    void aCutInMidWorkIsMadeGood() throws Exception {
        try (CuttingProxy proxy = CuttingProxy.before("127.0.0.1", machine.port())) {
            provider = open("cut", Map.of("port", Integer.toString(proxy.port())));
            try {
                var cuts = new ArrayList<String>();
                Progress cutting = (step, done, detail) -> {
                    cuts.add(step);
                    proxy.cutAll();
                };
                provider.create(fromSource(), cutting);
                provider.start(startSpec(ID, 1), cutting);
                assertThat(cuts).hasSizeGreaterThan(5);
                Probe probe = gateway.next();
                proxy.cutAll();
                assertThat(gateway.next().pid()).isEqualTo(probe.pid());
                provider.stop(ID, cutting);
                assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
            } finally {
                provider.delete(ID, quiet());
            }
        }
    }

    /** A program that was cut off on its way is none; another one neither waits for it nor comes along. */
    @Test
    void anAgentsProgramComesWholeOrNotAtAllAndAlone() throws Exception {
        provider.create(fromSource(), quiet());
        Probe probe = started(1);
        Path big = program("big/2/program", 40);
        program("small/program", 1);
        var left = new Progress() {
            private volatile boolean begun;

            @Override
            public void step(String step, boolean done, @Nullable String detail) {
                begun |= detail != null;
            }

            @Override
            public boolean wanted() {
                return !begun;
            }
        };
        refused(() -> provider.bringAgent(ID, agents, "big", left), "Nobody wants it");
        assertThat(left.begun).isTrue();
        assertThat(provider.hasAgent(ID, agents, "big")).isFalse();
        provider.bringAgent(ID, agents, "small", quiet());
        assertThat(probe.output("ls -A $CLAUDE_VM_AGENTS")).isEqualTo("small");
        try (CuttingProxy proxy = CuttingProxy.before("127.0.0.1", machine.port())) {
            Provider cut = open("ssh", Map.of("port", Integer.toString(proxy.port())));
            var cuts = new ArrayList<String>();
            cut.bringAgent(ID, agents, "big", (step, done, detail) -> {
                if (detail != null && cuts.size() < 2) {
                    cuts.add(detail);
                    proxy.cutAll();
                }
            });
            assertThat(cuts).hasSize(2);
        }
        assertThat(provider.hasAgent(ID, agents, "big")).isTrue();
        assertThat(provider.hasAgent(ID, agents, "small")).isTrue();
        assertThat(probe.output("sha256sum <$CLAUDE_VM_AGENTS/big/2/program"))
                .isEqualTo(Shell.run(temp, "sha256sum <'" + big + "'"));
    }

    private Path program(String name, int megabytes) throws IOException {
        byte[] content = new byte[megabytes << 20];
        new Random(megabytes).nextBytes(content);
        Path file = agents.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, content);
    }

    @Test
    void aFullDiskOfTheMachineIsSaidAndWhatWasThereStays() throws Exception {
        Path disk = Files.createDirectory(machine.home().resolve("disk"));
        Shell.run(disk, "mount -t tmpfs -o size=3g,mode=777 claude-vm-test .");
        // It sees what was mounted before.
        machine.reboot();
        try {
            provider = open("full", Map.of("folder", "~/disk/of-ours"));
            provider.create(fromSource(), quiet());
            Probe probe = started(1);
            program("big/program", 20);
            Shell.run(disk, "mount -o remount,size=$(($(df --output=used . | tail -n 1) + 4096))k .");
            refused(() -> provider.bringAgent(ID, agents, "big", quiet()), "o space left", "Make room");
            assertThat(provider.hasAgent(ID, agents, "big")).isFalse();
            refused(
                    () -> provider.create(new CreateSpec("calm-sea-77", source.toString(), null), quiet()),
                    "too little room");
            assertThat(provider.list()).containsExactly(ID);
            assertThat(probe.output("cat hello.txt; ls $CLAUDE_VM_AGENTS")).isEqualTo("hello");
            Shell.run(disk, "mount -o remount,size=3g .");
            provider.bringAgent(ID, agents, "big", quiet());
            assertThat(probe.output("ls $CLAUDE_VM_AGENTS")).isEqualTo("big");
        } finally {
            provider.delete(ID, quiet());
            Shell.run(disk, "umount -l .");
            machine.reboot();
            Files.delete(disk);
        }
    }

    @Test
    void aRebootEndsWorkspacesAndTheNextStartFindsTheirFiles() throws Exception {
        provider.create(fromSource(), quiet());
        started(1).output("echo work >work; echo h >~/h");
        assertThat(provider.status(ID)).isEqualTo(Status.RUNNING);
        machine.reboot();
        await().atMost(LONG)
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(provider.status(ID)).isEqualTo(Status.STOPPED));
        assertThat(started(2).output("cat work ~/h | tr '\\n' ' '")).isEqualTo("work h");
    }

    /** A pid that the machine gave away again is somebody else's process. */
    @Test
    void aReusedPidIsNotTakenForTheWorkspace() throws Exception {
        provider.create(fromSource(), quiet());
        started(1);
        Path note;
        try (Stream<Path> all = Files.walk(machine.home().resolve(".claude-vm-machine"))) {
            note = all.filter(path -> path.endsWith("run/process")).findFirst().orElseThrow();
        }
        String[] said = Files.readString(note).strip().split(" ");
        provider.stop(ID, quiet());
        // The machine's first process has another start time than the workspace's had.
        Files.writeString(note, said[0] + " " + said[1] + " 1 " + said[3] + "\n");
        assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
        Files.writeString(note, said[0] + " another-boot " + said[2] + " " + said[3] + "\n");
        assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
    }

    @Test
    void twoInstallationsOnOneMachineDoNotSeeEachOther() throws Exception {
        Provider second = open("second", Map.of());
        provider.create(fromSource(), quiet());
        assertThat(second.list()).isEmpty();
        assertThat(second.status(ID)).isEqualTo(Status.ABSENT);
        Probe probe = started(1);
        second.create(fromSource(), quiet());
        second.stop(ID, quiet());
        second.delete(ID, quiet());
        assertThat(provider.list()).containsExactly(ID);
        assertThat(probe.output("echo alive")).isEqualTo("alive");
    }

    @Test
    void theLastDeletionLeavesNothingBehind() throws Exception {
        provider = open("only", Map.of("folder", "~/of-its-own"));
        provider.create(fromSource(), quiet());
        started(1).output("mkdir -p ro/deep && touch ro/deep/x && chmod -R a-w ro && ln -s /etc ~/link");
        assertThat(Shell.run(machine.home(), "ls of-its-own")).contains("kits");
        provider.delete(ID, quiet());
        assertThat(Shell.run(machine.home(), "find . -mindepth 1 ! -path './.claude-vm-machine*'"))
                .isEmpty();
        assertThat(Shell.run(temp, "ps axww -o args | grep -c '[o]f-its-own' || true"))
                .isEqualTo("0");
    }

    @Test
    void aServerThatForwardsNoSocketsIsSaidBeforeAnythingIsMade() throws Exception {
        machine.configure("AllowStreamLocalForwarding no");
        machine.reboot();
        try {
            Provider fresh = open("strict", Map.of());
            refused(() -> fresh.create(fromSource(), quiet()), "AllowStreamLocalForwarding");
            assertThat(fresh.list()).isEmpty();
        } finally {
            machine.configure("");
            machine.reboot();
        }
    }

    @Test
    void aMachineWithoutWhatIsNeededIsRefused() {
        var survey = new Survey(List.of(
                "folder /x",
                "system Linux",
                "processor " + System.getProperty("os.arch").replace("amd64", "x86_64"),
                "libc glibc",
                "free 9000000"));
        assertSurvey(survey, "system Linux", "system Darwin", "need Linux");
        assertSurvey(survey, "processor", "processor riscv64", "riscv64");
        assertSurvey(survey, "libc", "libc musl", "musl");
        assertSurvey(survey, "free", "free 1000", "too little room");
        assertSurvey(survey, "none", "lacks tar", "lacks what workspaces need: tar");
        assertSurvey(survey, "none", "kills yes", "KillExcludeUsers");
    }

    private static void assertSurvey(Survey good, String instead, String line, String why) {
        var host = new SshOptions.Host("u", "there", 22, null, "hostKey");
        List<String> lines = new ArrayList<>(good.lines());
        lines.removeIf(old -> old.startsWith(instead));
        lines.add(line);
        refused(() -> new Survey(lines).require(host, 1_000_000_000), why);
    }
}
