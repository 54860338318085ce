package dev.claudevm.provider.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider.Status;
import dev.claudevm.provider.contract.ChildControlPlane;
import dev.claudevm.provider.contract.ProbeGateway;
import dev.claudevm.provider.contract.ProbeGateway.Probe;
import dev.claudevm.provider.contract.Shell;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Control planes that die in the middle of their work, and one that is not root. */
@SuppressWarnings("NullAway.Init")
class OtherProcessesTest {

    private static final String ID = "bold-fire-1234";
    private static final Progress QUIET = (step, done, detail) -> {};
    private static final int ORDINARY_USER = 54_321;

    @TempDir
    Path temp;

    private ProbeGateway gateway;
    private LocalProvider provider;
    private ChildControlPlane child;

    @BeforeEach
    void setUp() throws Exception {
        gateway = new ProbeGateway();
        ProbeGateway.writeKit(temp.resolve("kit"));
        Files.createDirectories(temp.resolve("agents"));
        Files.writeString(Files.createDirectories(temp.resolve("source")).resolve("file"), "x");
        child = ChildControlPlane.of(LocalChild.class, temp, gateway.address(), null, ID);
        provider = new LocalProvider(temp.resolve("home/workspaces"), LocalOptions.defaults());
    }

    @AfterEach
    void tearDown() throws Exception {
        provider.delete(ID, QUIET);
        gateway.close();
    }

    @Test
    void aProcessThatDiesAtAnyStepIsMadeGoodByTheNext() throws Exception {
        child.untilItSurvives("create");
        assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
        assertThat(temp.resolve("home/workspaces").resolve(ID + ".making")).doesNotExist();
        child.untilItSurvives("start", "1");
        assertThat(provider.status(ID)).isEqualTo(Status.RUNNING);
        Probe probe = gateway.next();
        assertThat(probe.output("cat \"$CLAUDE_VM_PROJECT/file\"")).isEqualTo("x");
        child.untilItSurvives("stop");
        assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
        assertThat(probe.isGone()).isTrue();
        child.untilItSurvives("delete");
        assertThat(provider.status(ID)).isEqualTo(Status.ABSENT);
    }

    @Test
    void aDeathBetweenAStartAndItsNoteLosesNothing() throws Exception {
        assertThat(child.run(0, "create").exit()).isZero();
        assertThat(child.run(0, "start", "4").exit()).isZero();
        Probe probe = gateway.next();
        var folder = new WorkspaceFolder(temp.resolve("home/workspaces").resolve(ID));
        folder.write(new WorkspaceFolder.Run(4, Processes.boot(), 0, 0));
        assertThat(provider.status(ID)).isEqualTo(Status.RUNNING);
        provider.start(child.spec(4), QUIET);
        assertThat(probe.output("echo alive")).isEqualTo("alive");
        folder.forgetRun();
        provider.stop(ID, QUIET);
        assertThat(probe.isGone()).isTrue();
    }

    @Test
    void aPidThatSomebodyElseHasNowIsNotTheWorkspaces() throws Exception {
        assertThat(child.run(0, "create").exit()).isZero();
        var folder = new WorkspaceFolder(temp.resolve("home/workspaces").resolve(ID));
        long self = ProcessHandle.current().pid();
        folder.write(new WorkspaceFolder.Run(1, Processes.boot(), self, 1));
        assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
        folder.write(new WorkspaceFolder.Run(
                1, "another boot", self, Processes.read(self).orElseThrow().start()));
        assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
        provider.stop(ID, QUIET);
    }

    @Test
    void anOrdinaryUserHasASandboxToo() throws Exception {
        child = child.as(ORDINARY_USER);
        Files.createDirectories(temp.resolve("home"));
        Shell.run(temp, "chmod 755 . && chown -R " + ORDINARY_USER + ":" + ORDINARY_USER + " home kit agents source");
        assertThat(child.run(0, "sandboxed").output()).endsWith("true");
        assertThat(child.run(0, "create").exit()).isZero();
        assertThat(child.run(0, "start", "1").exit()).isZero();
        Probe probe = gateway.next();
        assertThat(probe.output("id -u; pwd; cat file; ls -A /home")).isEqualTo("1000\n/workspace\nxagent");
        assertThat(probe.run("cat " + temp.resolve("source/file")).exit()).isNotZero();
        assertThat(probe.run("unshare -U true").exit()).isNotZero();
        probe.output(
                "(env -i setsid nohup sleep 31338 >/dev/null 2>&1 </dev/null &); chmod 0 file; mkdir -m 0 d; true");
        assertThat(child.run(0, "status").output()).endsWith("RUNNING");
        assertThat(child.run(0, "stop").exit()).isZero();
        assertThat(probe.isGone()).isTrue();
        assertThat(Shell.run(temp, "pgrep -f '^sleep 31338' || echo none")).isEqualTo("none");
        assertThat(child.run(0, "delete").exit()).isZero();
        assertThat(child.run(0, "status").output()).endsWith("ABSENT");
    }
}
