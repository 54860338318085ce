package dev.claudevm.provider.docker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.Provider.Status;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.StartSpec;
import dev.claudevm.provider.contract.ProbeGateway;
import dev.claudevm.testkit.DockerEngine;
import dev.claudevm.testkit.EngineTap;
import dev.claudevm.testkit.Kits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Engine has done what it was asked, and whoever asked is cut off before the answer: at each single request. */
class LostAnswersTest {

    private static final String ID = "bold-fire-1234";
    private static final Progress QUIET = (step, done, detail) -> {};
    private static final Path JAVA = Path.of(System.getProperty("java.home"));

    @TempDir
    Path temp;

    private interface Work {
        void with(Provider provider) throws ProviderException;
    }

    private Provider open(String host) throws IOException {
        var options = DockerOptions.defaults()
                .withHost(host)
                .withImage(DockerEngine.IMAGE)
                .withClassCache(false);
        return new DockerProvider(temp.resolve("home/docker"), Kits.shared(), JAVA, options);
    }

    /** @return how often it was cut off until it came through */
    private int untilItComesThrough(DockerEngine engine, Work work) throws Exception {
        for (int at = 1; ; at++) {
            int deadly = at;
            var requests = new AtomicInteger();
            try (var tap =
                    new EngineTap(temp.resolve("tap.sock"), engine, request -> requests.incrementAndGet() != deadly)) {
                work.with(open(tap.host()));
            } catch (ProviderException e) {
                assertThat(e.todo()).as(e.getMessage()).isNotBlank();
                assertThat(requests.get()).as(e.getMessage()).isGreaterThanOrEqualTo(deadly);
            }
            if (requests.get() < deadly) {
                return deadly - 1;
            }
        }
    }

    @Test
    void whatWasDoneUnheardIsMadeGoodByRepeating() throws Exception {
        DockerEngine engine = DockerEngine.get();
        Path kit = ProbeGateway.writeKit(temp.resolve("kit"));
        Path agents = Files.createDirectories(temp.resolve("agents"));
        Path source = Files.createDirectories(temp.resolve("source"));
        Files.writeString(source.resolve("file"), "x");
        Provider provider = open(engine.host());
        try (var gateway = new ProbeGateway()) {
            var start = new StartSpec(ID, 1, gateway.address(), "key", gateway.door(), "token", kit, JAVA, agents);

            assertThat(untilItComesThrough(
                            engine, cut -> cut.create(new CreateSpec(ID, source.toString(), null), QUIET)))
                    .isGreaterThan(5);
            assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
            assertThat(provider.list()).containsExactly(ID);

            assertThat(untilItComesThrough(engine, cut -> cut.start(start, QUIET)))
                    .isGreaterThan(5);
            assertThat(provider.status(ID)).isEqualTo(Status.RUNNING);
            var probe = gateway.next();
            assertThat(probe.output("cat file")).isEqualTo("x");
            assertThat(gateway.poll(java.time.Duration.ofMillis(300)))
                    .as("a second bridge")
                    .isEmpty();

            assertThat(untilItComesThrough(engine, cut -> cut.stop(ID, QUIET))).isPositive();
            assertThat(provider.status(ID)).isEqualTo(Status.STOPPED);
            assertThat(probe.isGone()).isTrue();

            assertThat(untilItComesThrough(engine, cut -> cut.delete(ID, QUIET)))
                    .isGreaterThan(3);
            assertThat(provider.list()).isEmpty();
            String installation =
                    Files.readString(temp.resolve("home/docker/installation")).strip();
            for (String things : new String[] {"containers/json?all=true&", "volumes?", "networks?"}) {
                assertThat(engine.call(
                                "GET",
                                "/" + things + "filters=%7B%22label%22%3A%5B%22dev.claudevm.installation%3D"
                                        + installation + "%22%5D%7D"))
                        .as(things)
                        .doesNotContain(installation);
            }
        } finally {
            provider.delete(ID, QUIET);
        }
    }
}
