package dev.claudevm.provider.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.Provider.Status;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.ProviderSetup;
import dev.claudevm.provider.contract.ProbeGateway.Probe;
import dev.claudevm.provider.contract.ProviderContract;
import dev.claudevm.provider.contract.Shell;
import dev.claudevm.testkit.DockerEngine;
import dev.claudevm.testkit.Kits;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The contract, in containers of a real Engine. */
@SuppressWarnings("NullAway.Init")
class DockerProviderTest extends ProviderContract {

    private static final Path JAVA = Path.of(System.getProperty("java.home"));

    private static DockerEngine engine;

    @BeforeAll
    static void engine() {
        engine = DockerEngine.get();
    }

    private DockerOptions options() {
        return DockerOptions.defaults()
                .withHost(engine.host())
                .withImage(DockerEngine.IMAGE)
                .withClassCache(false);
    }

    private Provider open(DockerOptions options) throws IOException {
        return new DockerProvider(temp.resolve("odd home ü 'x'/docker"), Kits.shared(), JAVA, options);
    }

    @Override
    protected Provider open() throws IOException {
        return open(options());
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        Provider fresh = open();
        for (String id : ids()) {
            fresh.delete(id, quiet());
        }
        String filter =
                "?all=true&filters=%7B%22label%22%3A%5B%22dev.claudevm.installation%3D" + installation() + "%22%5D%7D";
        assertThat(engine.call("GET", "/containers/json" + filter)).endsWith("\n[]\n");
        assertThat(engine.call("GET", "/volumes" + filter)).doesNotContain("claude-vm-");
        assertThat(engine.call("GET", "/networks" + filter)).endsWith("\n[]\n");
        assertThat(Shell.run(temp, "iptables -w 5 -S"))
                .doesNotContain("cvm-" + installation().substring(0, 8));
    }

    private String installation() throws IOException {
        return Files.readString(temp.resolve("odd home ü 'x'/docker/installation"))
                .strip();
    }

    @Test
    void theContainerIsACage() throws Exception {
        provider = open(options().withLimits(1.5, 700L << 20, 300));
        provider.create(fromSource(), quiet());
        Probe probe = started(1);
        assertThat(probe.output("id -un; id -u; pwd; stat -c %U /workspace /home/agent | tr '\\n' ' '"))
                .isEqualTo("agent\n1000\n/workspace\nagent agent");
        assertThat(probe.output(
                        "grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status | tr -s '\\t\\n' ' '"))
                .isEqualTo("CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1 Seccomp: 2");
        for (String place : List.of(
                "/etc/x",
                "/usr/x",
                "/opt/claude-vm/kit/x",
                "/opt/claude-vm/bridge/x",
                "/opt/claude-vm/agents/x",
                "/run/claude-vm/home/x",
                "/run/claude-vm/start/x",
                "/etc/passwd")) {
            assertThat(probe.run("echo x >" + place).exit()).as(place).isNotZero();
        }
        assertThat(probe.run("rm /run/claude-vm/home/home.sock").exit()).isNotZero();
        assertThat(probe.output("ls -d /var/run/docker.sock /run/docker.sock 2>/dev/null || echo none"))
                .isEqualTo("none");
        assertThat(probe.output("tr '\\0' ' ' </proc/1/cmdline")).contains("init");
        String inspected =
                engine.call("GET", "/containers/claude-vm-" + installation().substring(0, 8) + "-" + ID + "/json");
        assertThat(inspected)
                .contains("\"NanoCpus\":1500000000", "\"Memory\":734003200", "\"PidsLimit\":300")
                .doesNotContain("HostPort");
    }

    /** On whichever address: the bridge's own, the machine's others, and where clouds hand out credentials. */
    @Test
    void noPortOfThisMachineIsReached() throws Exception {
        List<Integer> reached = new CopyOnWriteArrayList<>();
        try (ServerSocket server = new ServerSocket()) {
            server.bind(new InetSocketAddress("0.0.0.0", 0));
            Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        server.accept().close();
                        reached.add(1);
                    }
                } catch (IOException e) {
                    // The test's end.
                }
            });
            provider.create(fromSource(), quiet());
            Probe probe = started(1);
            List<String> addresses = new ArrayList<>();
            for (NetworkInterface one : NetworkInterface.networkInterfaces().toList()) {
                one.inetAddresses()
                        .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                        .forEach(address -> addresses.add(address.getHostAddress()));
            }
            assertThat(addresses).as("the bridge's, at least").isNotEmpty();
            for (String address : addresses) {
                if (!isOpenFromHere(address, server.getLocalPort())) {
                    continue;
                }
                assertThat(probe.run("timeout 5 bash -c ': </dev/tcp/" + address + "/" + server.getLocalPort() + "'")
                                .exit())
                        .as(address)
                        .isNotZero();
            }
            assertThat(reached).hasSizeLessThanOrEqualTo(addresses.size());
        }
    }

    /** False only for an address that the machine had a moment ago: other tests' networks come and go meanwhile. */
    private static boolean isOpenFromHere(String address, int port) throws IOException {
        try (var self = new Socket(address, port)) {
            return self.isConnected();
        } catch (SocketException e) {
            if (NetworkInterface.getByInetAddress(InetAddress.getByName(address)) != null) {
                throw e;
            }
            return false;
        }
    }

    @Test
    void whatTheImageLacksComesWithTheKit() throws Exception {
        provider.create(fromSource(), quiet());
        Probe probe = started(1);
        assertThat(probe.output(
                        "tmux -V; git --version; rg --version | head -n 1; ps -o comm= -p 1 >/dev/null && echo ps"))
                .contains("tmux ", "git version", "ripgrep", "ps");
        assertThat(
                        probe.output(
                                "tmux -L t -f /dev/null new-session -d 'echo in tmux >/tmp/said; tmux -L t wait-for -S done; read end'; tmux -L t wait-for done; cat /tmp/said; tmux -L t kill-server"))
                .isEqualTo("in tmux");
        assertThat(
                        probe.output(
                                "git init -q r && cd r && touch ü && git add . && git -c user.name=a -c user.email=b commit -qm c && git clone -q . ../s && ls ../s"))
                .isEqualTo("ü");
    }

    @Test
    void aProjectComesAsItIs() throws Exception {
        Shell.run(source, """
                mkdir -p a/b empty ro; echo x >a/b/exe; chmod 751 a/b/exe; echo s >ro/s; chmod 440 ro/s; chmod 555 ro
                ln -s /etc/passwd outside; ln -s a/b/exe inside; ln -s nowhere broken; touch -- '-rf' 'two words' ünï $'bytes\\xff'
                touch -d '2001-02-03T04:05:06.123456789Z' a/b/exe; git init -q -b main . && git add -A && git commit -qm first
                git branch side; echo changed >hello.txt
                """);
        String list =
                "find . -mindepth 1 -path ./.git -prune -o \\( -type l -printf '%P %y %l\\n' -o -printf '%P %y %m %T@\\n' \\) | LC_ALL=C sort";
        provider.create(fromSource(), quiet());
        Probe probe = started(1);
        assertThat(probe.output(list + " | cksum")).isEqualTo(Shell.run(source, list + " | cksum"));
        assertThat(probe.output("git status --porcelain; git log --format=%s; find . ! -user agent"))
                .isEqualTo("M hello.txt\nfirst");
    }

    @Test
    void aBranchIsCheckedOutInAContainer() throws Exception {
        Shell.run(
                source,
                "git init -q -b main . && git add -A && git commit -qm first && git switch -qc side"
                        + " && echo side >hello.txt && git commit -qam second && git switch -q main");
        provider.create(new CreateSpec(ID, source.toString(), "side"), quiet());
        assertThat(started(1).output("cat hello.txt; git branch --show-current"))
                .isEqualTo("side\nside");
        assertThatThrownBy(() -> provider.create(new CreateSpec("calm-sea-77", source.toString(), "nope"), quiet()))
                .isInstanceOf(ProviderException.class)
                .hasMessageContaining("does not exist");
        assertThat(provider.list()).containsExactly(ID);
    }

    @Test
    void anImageInWhichNoAgentCouldWorkIsRefusedBeforeAnythingIsMade() throws Exception {
        Path musl = Files.createDirectories(temp.resolve("musl"));
        Shell.run(musl, "mkdir -p lib bin etc; echo x >lib/ld-musl-x86_64.so.1; echo x >bin/sh; chmod 755 lib/* bin/*");
        engine.importImage(musl, "claude-vm-test:musl");
        Path empty = Files.createDirectories(temp.resolve("empty"));
        Files.writeString(empty.resolve("file"), "x");
        engine.importImage(empty, "claude-vm-test:empty");
        var steps = new ArrayList<String>();
        refused("claude-vm-test:musl", "musl", steps);
        refused("claude-vm-test:empty", "no C library", steps);
        refused("localhost:1/no/such-image:1", "cannot be had", steps);
        refused("Not An Image", "is not the name of an image", steps);
        assertThat(steps).noneMatch(step -> step.startsWith("Copy"));
    }

    private void refused(String image, String why, List<String> steps) {
        assertThatThrownBy(() -> provider.create(
                        new CreateSpec(ID, source.toString(), null, image), (step, done, detail) -> steps.add(step)))
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.todo()).isNotBlank())
                .hasMessageContaining(why);
    }

    @Test
    void anEngineThatDoesNotRunIsSaid() throws Exception {
        Provider nobody = open(options().withHost("unix://" + temp.resolve("no.sock")));
        assertThatThrownBy(nobody::check)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.todo()).contains("Start Docker"))
                .hasMessageContaining("does not answer");
        assertThatThrownBy(() -> nobody.create(fromSource(), quiet())).hasMessageContaining("does not answer");
        assertThatThrownBy(
                        () -> open(options().withHost("tcp://192.0.2.1:2375")).check())
                .hasMessageContaining("must run here");
    }

    @Test
    void aFullDiskOfTheEngineIsSaidAndLeavesNothing() throws Exception {
        Path disk = Files.createDirectories(temp.resolve("disk"));
        Shell.run(disk, "mount -t tmpfs -o size=200m claude-vm-test .");
        try {
            DockerEngine small = DockerEngine.in(disk);
            try {
                Shell.run(source, "head -c 300M /dev/zero >big");
                Provider full = open(options().withHost(small.host()));
                assertThatThrownBy(() -> full.create(fromSource(), quiet()))
                        .isInstanceOfSatisfying(
                                ProviderException.class,
                                e -> assertThat(e.todo()).contains("Make room"))
                        .hasMessageContaining("disk is full");
                assertThat(full.list()).isEmpty();
                Shell.run(source, "rm big");
                full.create(fromSource(), quiet());
                assertThat(full.status(ID)).isEqualTo(Status.STOPPED);
                full.delete(ID, quiet());
            } finally {
                small.remove();
            }
        } finally {
            Shell.run(temp, "umount disk");
        }
    }

    /** Who opens the page New must not wait for ever. */
    @Test
    void anEngineThatHangsIsSaid() throws Exception {
        Path socket = temp.resolve("mute.sock");
        try (var mute = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            mute.bind(UnixDomainSocketAddress.of(socket));
            Provider hanging = open(options().withHost("unix://" + socket));
            assertThatThrownBy(hanging::check).hasMessageContaining("does not answer");
        }
    }

    /** Somebody cleans up behind our back. */
    @Test
    void aContainerThatWasRemovedIsMadeAnewAroundTheSameFiles() throws Exception {
        provider.create(fromSource(), quiet());
        started(1).output("echo work >work; echo h >~/h");
        String name = "claude-vm-" + installation().substring(0, 8) + "-" + ID;
        engine.call("DELETE", "/containers/" + name + "?force=true");
        assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
        assertThat(started(2).output("cat work ~/h | tr '\\n' ' '")).isEqualTo("work h");
        engine.call("DELETE", "/containers/" + name + "?force=true");
        engine.call("DELETE", "/volumes/" + name + "-project");
        assertThat(provider.status(ID)).isEqualTo(Status.ABSENT);
        assertThatThrownBy(() -> provider.start(startSpec(ID, 3), quiet())).hasMessageContaining("volumes");
    }

    /** As two that a person added under two names. */
    @Test
    void twoProvidersOfOneEngineLeaveEachOthersWorkspacesAlone() throws Exception {
        DockerKind kind = new DockerKind(false);
        Path home = temp.resolve("shared home");
        Provider one = kind.open(setup(home, "one"));
        Provider two = kind.open(setup(home, "two"));
        try {
            one.check();
            one.create(fromSource(), quiet());
            assertThat(one.list()).containsExactly(ID);
            assertThat(two.list()).isEmpty();
            assertThat(two.status(ID)).isEqualTo(Status.ABSENT);
            two.create(fromSource(), quiet());
            two.delete(ID, quiet());
            assertThat(one.status(ID)).isEqualTo(Status.STOPPED);
            assertThat(one.list()).containsExactly(ID);
        } finally {
            one.delete(ID, quiet());
            two.delete(ID, quiet());
        }
    }

    private ProviderSetup setup(Path home, String name) {
        return new ProviderSetup(
                name,
                Map.of("host", engine.host(), "image", DockerEngine.IMAGE),
                home.resolve("providers/docker").resolve(name),
                home,
                Kits.shared(),
                JAVA);
    }

    @Test
    void optionsThatCannotBeAreRefusedByName() {
        DockerKind kind = new DockerKind(false);
        for (String[] wrong : new String[][] {
            {"cpus", "0.05"}, {"cpus", "many"}, {"memory", "100MB"}, {"memory", "2 TB"}, {"pids", "10"}
        }) {
            assertThatThrownBy(() -> kind.options(Map.of(wrong[0], wrong[1])))
                    .as(wrong[1])
                    .hasMessageContaining(wrong[0]);
        }
    }
}
