package dev.claudevm.provider.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.Provider.Status;
import dev.claudevm.provider.contract.ProbeGateway.Probe;
import dev.claudevm.provider.contract.ProviderContract;
import dev.claudevm.provider.contract.Shell;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract, on a machine behind a real sshd, and the cage that a workspace has there. */
class SshProviderTest extends ProviderContract {

    @RegisterExtension
    static final MachineBench bench = new MachineBench();

    @Override
    protected Provider open() {
        return bench.open(temp);
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
        assertThat(probe.output("ls -A " + bench.machine().home() + " 2>/dev/null || echo nothing"))
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
        try (Stream<Path> all = Files.walk(bench.folder())) {
            List<Path> sockets = all.filter(path -> path.endsWith("home.sock")).toList();
            assertThat(sockets).hasSize(1);
            assertThat(Files.getPosixFilePermissions(sockets.getFirst()))
                    .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(sockets.getFirst().getParent())))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void withoutASandboxItWorksAndSaysSo() throws Exception {
        provider = bench.open(temp, "ssh", Map.of("isolation", "none"));
        provider.create(fromSource(), quiet());
        Probe first = started(1);
        assertThat(provider.capabilities().sandboxed()).isFalse();
        assertThat(provider.capabilities().warnings()).anyMatch(warning -> warning.startsWith("No isolation"));
        assertThat(first.output("cat \"$CLAUDE_VM_PROJECT/hello.txt\"; whoami"))
                .isEqualTo("hello\n" + bench.machine().user());
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
}
