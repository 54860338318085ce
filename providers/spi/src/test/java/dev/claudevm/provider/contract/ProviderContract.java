package dev.claudevm.provider.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.Provider.Status;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.contract.ProbeGateway.Probe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The promises of {@link Provider}, kept by each. A provider's tests extend this and say how to make one. */
public abstract class ProviderContract extends ProviderStory {

    /** In the kernel's masks of signals. */
    private static final long INTERRUPT_AND_QUIT = 0b110;

    @Test
    void aWorkspaceGoesThroughItsLife() throws Exception {
        assertThat(provider.status(ID)).isEqualTo(Status.ABSENT);
        assertThat(provider.list()).isEmpty();
        provider.create(fromSource(), quiet());
        assertThat(provider.list()).containsExactly(ID);
        assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
        Probe probe = started(1);
        assertThat(provider.status(ID)).isEqualTo(Status.RUNNING);
        assertThat(probe.output("cat \"$CLAUDE_VM_PROJECT/hello.txt\"")).isEqualTo("hello");
        provider.stop(ID, quiet());
        assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
        assertThat(probe.isGone()).isTrue();
        provider.delete(ID, quiet());
        assertThat(provider.status(ID)).isEqualTo(Status.ABSENT);
        assertThat(provider.list()).isEmpty();
    }

    @Test
    void everyStepMayBeRepeated() throws Exception {
        provider.stop(ID, quiet());
        provider.delete(ID, quiet());
        provider.create(fromSource(), quiet());
        provider.create(fromSource(), quiet());
        Probe probe = started(1);
        provider.start(startSpec(ID, 1), quiet());
        assertThat(gateway.poll(Duration.ofMillis(300)))
                .as("a second bridge of the same generation")
                .isEmpty();
        assertThat(probe.output("echo alive")).isEqualTo("alive");
        provider.stop(ID, quiet());
        provider.stop(ID, quiet());
        provider.delete(ID, quiet());
        provider.delete(ID, quiet());
    }

    @Test
    void theBridgeGetsWhatItNeedsToComeHome() throws Exception {
        provider.create(fromSource(), quiet());
        Probe probe = started(7);
        assertThat(probe.workspaceId()).isEqualTo(ID);
        assertThat(probe.generation()).isEqualTo(7);
        assertThat(probe.token()).isEqualTo("token-7");
        assertThat(probe.output("stat -c %a \"$CLAUDE_VM_BRIDGE_HOME/token\"")).isEqualTo("600");
        assertThat(probe.output("rm \"$CLAUDE_VM_BRIDGE_HOME/token\" && touch \"$HOME/mine\" && pwd"))
                .isEqualTo(probe.output("cd \"$CLAUDE_VM_PROJECT\" && pwd"));
        assertThat(probe.output("echo $CLAUDE_VM_GATEWAY_KEY")).startsWith("ssh-ed25519 AAAA");
        assertThat(ignored(probe.output("cat /proc/self/status"))
                        & ~ignored(Files.readString(Path.of("/proc/self/status")))
                        & INTERRUPT_AND_QUIT)
                .as("signals that are ignored there, and not here")
                .isZero();
        assertThat(provider.hasAgent(ID, agents, "none")).isTrue();
        assertThat(withAgent(probe, "an-agent")).isEqualTo("x");
        Files.createDirectories(agents.resolve("another/1"));
        Files.writeString(agents.resolve("another/1/program"), "y");
        assertThat(withAgent(probe, "another/1/program")).isEqualTo("y");
        assertThat(probe.output("cat \"$CLAUDE_VM_AGENTS/an-agent\"")).isEqualTo("x");
    }

    private static long ignored(String status) {
        var mask = Pattern.compile("SigIgn:\\s*([0-9a-f]+)").matcher(status);
        assertThat(mask.find()).isTrue();
        return Long.parseUnsignedLong(mask.group(1), 16);
    }

    private String withAgent(Probe probe, String file) throws Exception {
        String name = Path.of(file).getName(0).toString();
        provider.bringAgent(ID, agents, name, quiet());
        assertThat(provider.hasAgent(ID, agents, name)).isTrue();
        return probe.output("cat \"$CLAUDE_VM_AGENTS/" + file + "\"");
    }

    @Test
    void theTokenIsInNoArgumentListAndNoEnvironment() throws Exception {
        provider.create(fromSource(), quiet());
        Probe probe = started(7);
        assertThat(probe.output("env; tr '\\0' ' ' </proc/*/cmdline || true")).doesNotContain("token-7");
        Process ps = new ProcessBuilder("ps", "axeww").redirectErrorStream(true).start();
        assertThat(new String(ps.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                .doesNotContain("token-7");
    }

    @Test
    void aNewGenerationReplacesTheOldOne() throws Exception {
        provider.create(fromSource(), quiet());
        Probe old = started(1);
        old.output("setsid nohup sleep 4711 >/dev/null 2>&1 & disown; echo ok");
        Probe fresh = started(2);
        assertThat(old.isGone()).isTrue();
        assertThat(fresh.generation()).isEqualTo(2);
        assertThat(fresh.output("pgrep -f 'sleep [4]711' || echo none")).isEqualTo("none");
    }

    @Test
    void filesOutliveAStop() throws Exception {
        provider.create(fromSource(), quiet());
        started(1)
                .output(
                        "echo work >\"$CLAUDE_VM_PROJECT/work\"; echo h >\"$HOME/h\"; echo b >\"$CLAUDE_VM_BRIDGE_HOME/b\"");
        provider.stop(ID, quiet());
        assertThat(
                        started(2)
                                .output(
                                        "cat \"$CLAUDE_VM_PROJECT/work\" \"$HOME/h\" \"$CLAUDE_VM_BRIDGE_HOME/b\" | tr '\\n' ' '"))
                .isEqualTo("work h b");
    }

    @Test
    void aDeadBridgeIsStartedAgainAndTheAgentGoesOn() throws Exception {
        provider.create(fromSource(), quiet());
        Probe first = started(1);
        first.output("setsid nohup sleep 4712 >/dev/null 2>&1 & disown; echo ok");
        first.tell("kill -9 $PPID");
        Probe second = gateway.next();
        assertThat(second.generation()).isEqualTo(1);
        assertThat(second.output("pgrep -fc 'sleep [4]712'")).isEqualTo("1");
        assertThat(provider.status(ID)).isEqualTo(Status.RUNNING);
    }

    /** A JVM that cannot use the cache (another processor, another heap, a torn file) may refuse to start at all. */
    @Test
    void aClassCacheThatStopsTheBridgeIsLeftOut() throws Exception {
        Files.writeString(kit.resolve("bridge.aot"), "torn");
        Files.writeString(kit.resolve("bridge.opts"), ProbeGateway.OPTIONS + "-XX:AOTMode=on\n");
        provider.create(fromSource(), quiet());
        assertThat(started(1).output("echo alive")).isEqualTo("alive");
    }

    @Test
    void aBridgeThatEndsOnPurposeStaysEnded() throws Exception {
        provider.create(fromSource(), quiet());
        for (int code : new int[] {0, 3}) {
            started(code + 1).exit(code);
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(provider.status(ID)).isEqualTo(Status.STOPPED));
        }
        assertThat(gateway.poll(Duration.ofMillis(500))).isEmpty();
    }

    @Test
    void aRestartedControlPlaneFindsWhatRuns() throws Exception {
        provider.create(fromSource(), quiet());
        Probe probe = started(1);
        Provider restarted = open();
        assertThat(restarted.status(ID)).isEqualTo(Status.RUNNING);
        restarted.start(startSpec(ID, 1), quiet());
        assertThat(probe.output("echo alive")).isEqualTo("alive");
        restarted.stop(ID, quiet());
        assertThat(restarted.status(ID)).isEqualTo(Status.STOPPED);
        assertThat(probe.isGone()).isTrue();
    }

    @Test
    void workspacesDoNotDisturbEachOther() throws Exception {
        String other = "calm-sea-77";
        provider.create(fromSource(), quiet());
        provider.create(new CreateSpec(other, source.toString(), null), quiet());
        Probe first = started(1);
        provider.start(startSpec(other, 1), quiet());
        Probe second = gateway.next();
        provider.stop(ID, quiet());
        assertThat(first.isGone()).isTrue();
        assertThat(provider.status(other)).isEqualTo(Status.RUNNING);
        assertThat(second.output("echo alive")).isEqualTo("alive");
        provider.delete(ID, quiet());
        assertThat(second.output("cat \"$CLAUDE_VM_PROJECT/hello.txt\"")).isEqualTo("hello");
    }

    @Test
    void aSourceThatCannotBeHadLeavesNothing() throws Exception {
        var spec = new CreateSpec(ID, temp.resolve("nowhere").toString(), null);
        assertThatThrownBy(() -> provider.create(spec, quiet()))
                .isInstanceOfSatisfying(ProviderException.class, ProviderStory::assertPlain)
                .hasMessageContaining("nowhere");
        assertThat(provider.status(ID)).isEqualTo(Status.ABSENT);
        provider.create(fromSource(), quiet());
        assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
    }

    @Test
    void aWorkspaceThatIsNotThereCannotBeStarted() {
        assertThatThrownBy(() -> provider.start(startSpec(ID, 1), quiet()))
                .isInstanceOfSatisfying(ProviderException.class, ProviderStory::assertPlain);
    }

    /** The control plane dies at each report of progress, and a new one does the same again. */
    @Test
    void aCrashAtAnyStepIsMadeGoodByRepeating() throws Exception {
        for (int at = 1; crashes(at, p -> provider.create(fromSource(), p)); at++) {
            provider = open();
        }
        assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
        for (int at = 1; crashes(at, p -> provider.start(startSpec(ID, 5), p)); at++) {
            provider = open();
        }
        assertThat(gateway.next().output("cat \"$CLAUDE_VM_PROJECT/hello.txt\""))
                .isEqualTo("hello");
        for (int at = 1; crashes(at, p -> provider.stop(ID, p)); at++) {
            provider = open();
        }
        assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
        for (int at = 1; crashes(at, p -> provider.delete(ID, p)); at++) {
            provider = open();
        }
        assertThat(provider.status(ID)).isEqualTo(Status.ABSENT);
    }

    @Test
    void longWorkReportsItsProgress() throws Exception {
        var steps = new ArrayList<String>();
        Progress heard = (step, done, detail) -> steps.add(step + (done ? " done" : ""));
        provider.create(fromSource(), heard);
        provider.start(startSpec(ID, 1), heard);
        provider.stop(ID, heard);
        assertThat(steps).hasSizeGreaterThanOrEqualTo(3).last().asString().endsWith(" done");
    }

    @Test
    void capabilitiesSayWhatToWatchOutFor() {
        var capabilities = provider.capabilities();
        if (!capabilities.sandboxed()) {
            assertThat(capabilities.warnings()).isNotEmpty();
        }
        assertThat(capabilities.warnings())
                .allSatisfy(warning -> assertThat(warning).endsWith("."));
    }

    /** A step of work that reports progress. */
    protected interface Work {
        void with(Progress progress) throws ProviderException;
    }

    private static final class Crash extends Error {
        private static final long serialVersionUID = 1L;
    }

    private static boolean crashes(int at, Work work) throws ProviderException {
        var calls = new AtomicInteger();
        Progress fatal = (String step, boolean done, @Nullable String detail) -> {
            if (calls.incrementAndGet() == at) {
                throw new Crash();
            }
        };
        try {
            work.with(fatal);
            return false;
        } catch (Crash e) {
            return true;
        }
    }
}
