package dev.claudevm.provider.docker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider.Status;
import dev.claudevm.provider.contract.ChildControlPlane;
import dev.claudevm.provider.contract.ProbeGateway;
import dev.claudevm.provider.contract.ProbeGateway.Probe;
import dev.claudevm.testkit.DockerEngine;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Control planes that die in the middle of their work with Docker, without a goodbye. */
class DyingControlPlaneTest {

    private static final String ID = "bold-fire-1234";
    private static final Progress QUIET = (step, done, detail) -> {};

    @TempDir
    Path temp;

    @Test
    void whatAProcessLeavesThatDiesAtAnyStepIsMadeGoodByTheNext() throws Exception {
        DockerEngine engine = DockerEngine.get();
        ProbeGateway.writeKit(temp.resolve("kit"));
        Files.createDirectories(temp.resolve("agents"));
        Files.writeString(Files.createDirectories(temp.resolve("source")).resolve("file"), "x");
        var provider = new DockerProvider(
                temp.resolve("home/docker"),
                temp.resolve("kits"),
                Path.of(System.getProperty("java.home")),
                DockerOptions.defaults().withHost(engine.host()));
        try (var gateway = new ProbeGateway()) {
            var child = ChildControlPlane.of(DockerChild.class, temp, "127.0.0.1:1", gateway.door(), ID, engine.host());
            child.untilItSurvives("create");
            assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
            child.untilItSurvives("start", "1");
            assertThat(provider.status(ID)).isEqualTo(Status.RUNNING);
            Probe probe = gateway.next();
            assertThat(probe.output("cat file")).isEqualTo("x");
            child.untilItSurvives("stop");
            assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
            assertThat(probe.isGone()).isTrue();
            // What a half made one leaves is found by its label, and so can be deleted by whoever knows no record of
            // it.
            child.untilItSurvives("delete");
            assertThat(provider.list()).isEmpty();
            assertThat(child.run(3, "create").exit()).isEqualTo(ChildControlPlane.DIED);
            assertThat(provider.status(ID)).isEqualTo(Status.ABSENT);
            assertThat(provider.list()).containsExactly(ID);
            assertThat(child.run(0, "delete").exit()).isZero();
            assertThat(provider.list()).isEmpty();
        } finally {
            provider.delete(ID, QUIET);
        }
    }
}
