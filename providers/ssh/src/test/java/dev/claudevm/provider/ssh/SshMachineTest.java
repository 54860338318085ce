package dev.claudevm.provider.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.Provider.Status;
import dev.claudevm.provider.contract.ProbeGateway.Probe;
import dev.claudevm.provider.contract.Shell;
import dev.claudevm.provider.material.ClassCache;
import dev.claudevm.provider.material.LinuxKit;
import dev.claudevm.testkit.CuttingProxy;
import dev.claudevm.testkit.Kits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The machine itself: its disk, its restarts, its other processes and users of the same account. */
class SshMachineTest extends SshStory {

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
        try (CuttingProxy proxy = CuttingProxy.before("127.0.0.1", machine().port())) {
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
        Path disk = Files.createDirectory(machine().home().resolve("disk"));
        Shell.run(disk, "mount -t tmpfs -o size=3g,mode=777 claude-vm-test .");
        // It sees what was mounted before.
        machine().reboot();
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
            machine().reboot();
            Files.delete(disk);
        }
    }

    /** A damaged archive is not sent for ever. */
    @Test
    void whatWasPackedIsSentAgainUnlessTheMachineCannotTakeIt() throws Exception {
        Path programs = new LinuxKit(Kits.shared()).ready(MachineBench.JAVA, quiet());
        Path kits = Files.createDirectory(temp.resolve("kits"));
        Path link = Files.createSymbolicLink(kits.resolve(programs.getFileName()), programs);
        Path cache = ClassCache.place(link, kit);
        Files.writeString(Files.createDirectory(kits.resolve("caches")).resolve(cache.getFileName()), "none");
        Path kept = Files.writeString(cache.resolveSibling(cache.getFileName() + ".tgz"), "damaged");
        provider = bench.open(new SshKind(null, false), temp, "ssh", Map.of(), kits);
        provider.create(fromSource(), quiet());
        refused(() -> provider.start(startSpec(ID, 1), quiet()), "copy caches", "not in gzip format");
        assertThat(kept).doesNotExist();
        assertThat(started(2).output("cat /opt/claude-vm/cache/bridge.aot")).isEqualTo("none");
        assertThat(kept).exists();
    }

    @Test
    void aRebootEndsWorkspacesAndTheNextStartFindsTheirFiles() throws Exception {
        provider.create(fromSource(), quiet());
        started(1).output("echo work >work; echo h >~/h");
        assertThat(provider.status(ID)).isEqualTo(Status.RUNNING);
        machine().reboot();
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
        try (Stream<Path> all = Files.walk(bench.folder())) {
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
        assertThat(Shell.run(machine().home(), "ls of-its-own")).contains("kits");
        provider.delete(ID, quiet());
        assertThat(Shell.run(machine().home(), "find . -mindepth 1 ! -path './.claude-vm-machine*'"))
                .isEmpty();
        assertThat(Shell.run(temp, "ps axww -o args | grep -c '[o]f-its-own' || true"))
                .isEqualTo("0");
    }
}
