package dev.claudevm.provider.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.StartSpec;
import dev.claudevm.provider.contract.ProbeGateway.Probe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A provider, something to make workspaces of, and the gateway where their bridges come home: what tests of a provider begin with. */
@SuppressWarnings("NullAway.Init")
public abstract class ProviderStory {

    protected static final String ID = "bold-fire-1234";
    protected static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    protected Path temp;

    protected ProbeGateway gateway;
    protected Provider provider;
    protected Path source;
    protected Path kit;
    protected Path agents;

    /** @return a new instance over the same state: what a restarted control plane has */
    protected abstract Provider open() throws IOException;

    @BeforeEach
    void setUp() throws IOException {
        gateway = new ProbeGateway();
        kit = ProbeGateway.writeKit(temp.resolve("kit of probe"));
        agents = Files.createDirectories(temp.resolve("agents"));
        Files.writeString(agents.resolve("an-agent"), "x");
        source = Files.createDirectories(temp.resolve("source"));
        Files.writeString(source.resolve("hello.txt"), "hello\n");
        provider = open();
    }

    @AfterEach
    void tearDown() throws IOException, ProviderException {
        Provider fresh = open();
        for (String id : ids()) {
            fresh.delete(id, quiet());
        }
        gateway.close();
    }

    /** @return the workspaces that a test uses, to be removed after it */
    protected List<String> ids() {
        return List.of(ID, "calm-sea-77");
    }

    protected static Progress quiet() {
        return (step, done, detail) -> {};
    }

    protected CreateSpec fromSource() {
        return new CreateSpec(ID, source.toString(), null);
    }

    protected StartSpec startSpec(String id, long generation) {
        return new StartSpec(
                id,
                generation,
                gateway.address(),
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBJ0WAVxkdOKF0fPCNHcLlXHVkTmTWsSCXwPHZWNdRFJ",
                gateway.door(),
                "token-" + generation,
                kit,
                Path.of(System.getProperty("java.home")),
                agents);
    }

    protected Probe started(long generation) throws ProviderException {
        provider.start(startSpec(ID, generation), quiet());
        return gateway.next();
    }

    protected static void assertPlain(ProviderException e) {
        assertThat(e.getMessage()).as("what is wrong").isNotBlank();
        assertThat(e.todo()).as("what to do").isNotBlank();
    }

    /** @param why what it says, or says to do */
    public static void refused(ThrowingCallable call, String... why) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(ProviderException.class, ProviderStory::assertPlain)
                .satisfies(e -> assertThat(e.getMessage() + " " + ((ProviderException) e).todo())
                        .contains(why));
    }
}
