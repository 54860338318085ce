package dev.claudevm.provider.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.claudevm.provider.ConfirmationNeeded;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.Provider.Status;
import dev.claudevm.provider.contract.ProbeGateway.Probe;
import dev.claudevm.provider.contract.Shell;
import dev.claudevm.testkit.CuttingProxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The way to the machine: keys, host keys, servers that forbid what is needed, connections that are cut. */
class SshWayTest extends SshStory {

    /** Takes a silent connection for a lost one soon. */
    private static final SshKind IMPATIENT = new SshKind(null, false, Duration.ofSeconds(2));

    @Test
    void theHostKeyIsConfirmedOnceAndAnotherOneIsRefused() throws Exception {
        Provider unknown = open("new", Map.of("hostKey", ""));
        assertThatThrownBy(unknown::check).isInstanceOfSatisfying(ConfirmationNeeded.class, e -> {
            assertThat(e.option()).isEqualTo("hostKey");
            assertThat(e.value()).isEqualTo(bench.fingerprint());
            assertThat(e.todo()).contains("ssh-keygen -lf");
        });
        open("confirmed", Map.of("hostKey", bench.fingerprint())).check();
        String before = bench.fingerprint();
        provider.check();
        machine().changeHostKey();
        await("the old connection is gone")
                .atMost(LONG)
                .untilAsserted(() -> refused(provider::check, "has changed", before, bench.fingerprint(), "hostKey"));
        refused(() -> provider.create(fromSource(), quiet()), "has changed");
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
            Shell.run(
                    temp, "SSH_AUTH_SOCK=" + socket + " ssh-add -q " + machine().key());
            Map<String, String> values = Map.of(
                    "host", "127.0.0.1",
                    "port", Integer.toString(machine().port()),
                    "user", machine().user(),
                    "jump", machine().user() + "@127.0.0.1:" + machine().port(),
                    "hostKey", bench.fingerprint(),
                    "jumpHostKey", bench.fingerprint());
            Provider through = bench.openWithAgent(temp, socket, values);
            through.check();
            assertThat(through.list()).isEmpty();
        } finally {
            agent.destroy();
            agent.waitFor(10, TimeUnit.SECONDS);
        }
        refused(
                () -> open(
                                "k",
                                Map.of(
                                        "jump",
                                        machine().user() + "@127.0.0.1:"
                                                + machine().port()))
                        .check(),
                "not known yet");
    }

    @Test
    void aServerThatForwardsNoSocketsIsSaidBeforeAnythingIsMade() throws Exception {
        machine().configure("AllowStreamLocalForwarding no");
        machine().reboot();
        try {
            Provider fresh = open("strict", Map.of());
            refused(() -> fresh.create(fromSource(), quiet()), "AllowStreamLocalForwarding");
            assertThat(fresh.list()).isEmpty();
        } finally {
            machine().configure("");
            machine().reboot();
        }
    }

    @Test
    void aConnectionThatIsCutComesBackAndTheWorkspaceWithIt() throws Exception {
        try (CuttingProxy proxy = CuttingProxy.before("127.0.0.1", machine().port())) {
            provider = bench.open(IMPATIENT, temp, "cut", Map.of("port", Integer.toString(proxy.port())));
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

    /** The answer to a sign of life is later than it is waited for, because megabytes are before it; but they get on. */
    @Test
    void aSlowLineIsNotTakenForALostOne() throws Exception {
        byte[] content = new byte[5_000_000];
        new Random(1).nextBytes(content);
        Files.write(source.resolve("large"), content);
        try (CuttingProxy proxy = CuttingProxy.before("127.0.0.1", machine().port())) {
            provider = bench.open(IMPATIENT, temp, "slow", Map.of("port", Integer.toString(proxy.port())));
            try {
                provider.check();
                long connections = proxy.accepted();
                proxy.slowUp(500_000);
                provider.create(fromSource(), quiet());
                proxy.slowUp(Long.MAX_VALUE);
                assertThat(proxy.accepted()).as("connections").isEqualTo(connections);
                assertThat(started(1).output("stat -c %s large")).isEqualTo("5000000");
            } finally {
                provider.delete(ID, quiet());
            }
        }
    }

    /** The connection is cut at each report of progress; the same work goes on over the next one. */
    @Test
    void aCutInMidWorkIsMadeGood() throws Exception {
        try (CuttingProxy proxy = CuttingProxy.before("127.0.0.1", machine().port())) {
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
}
