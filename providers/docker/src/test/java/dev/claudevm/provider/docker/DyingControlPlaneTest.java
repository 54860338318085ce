package dev.claudevm.provider.docker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider.Status;
import dev.claudevm.provider.contract.ProbeGateway;
import dev.claudevm.provider.contract.ProbeGateway.Probe;
import dev.claudevm.testkit.DockerEngine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Control planes that die in the middle of their work with Docker, without a goodbye. */
class DyingControlPlaneTest {

    private static final String ID = "bold-fire-1234";
    private static final Progress QUIET = (step, done, detail) -> {};

    @TempDir
    Path temp;

    private int child(ProbeGateway gateway, DockerEngine engine, int dieAt, String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of(
                temp.toString(),
                temp.resolve("kits").toString(),
                engine.host(),
                gateway.door().toString(),
                ID,
                Integer.toString(dieAt)));
        all.addAll(List.of(words));
        return ChildControlPlane.run(all);
    }

    private void untilItSurvives(ProbeGateway gateway, DockerEngine engine, String... words) throws Exception {
        int deaths = 0;
        while (child(gateway, engine, deaths + 1, words) == ChildControlPlane.DIED) {
            deaths++;
        }
        assertThat(deaths)
                .as("deaths at each report of progress of " + words[0])
                .isPositive();
    }

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
            untilItSurvives(gateway, engine, "create");
            assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
            untilItSurvives(gateway, engine, "start", "1");
            assertThat(provider.status(ID)).isEqualTo(Status.RUNNING);
            Probe probe = gateway.next();
            assertThat(probe.output("cat file")).isEqualTo("x");
            untilItSurvives(gateway, engine, "stop");
            assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
            assertThat(probe.isGone()).isTrue();
            // What a half made one leaves is found by its label, and so can be deleted by whoever knows no record of
            // it.
            untilItSurvives(gateway, engine, "delete");
            assertThat(provider.list()).isEmpty();
            assertThat(child(gateway, engine, 3, "create")).isEqualTo(ChildControlPlane.DIED);
            assertThat(provider.status(ID)).isEqualTo(Status.ABSENT);
            assertThat(provider.list()).containsExactly(ID);
            assertThat(child(gateway, engine, 0, "delete")).isZero();
            assertThat(provider.list()).isEmpty();
        } finally {
            provider.delete(ID, QUIET);
        }
    }
}
