package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.testkit.DockerEngine;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@link RestoreContract} in a container of a real Engine, in an image that has neither git nor restic. */
class DockerRestoreTest extends RestoreContract {

    @RegisterExtension
    static final OneWorkspace one = OneWorkspace.inDocker(RestoreContract::seed, ON_REQUEST_ONLY);

    DockerRestoreTest() {
        super(one);
    }

    private static String name() throws Exception {
        String installation = Files.readString(one.base().resolve("home/docker/installation"));
        return "claude-vm-" + installation.substring(0, 8) + "-" + one.id();
    }

    @Override
    void copyProject(Path into) throws Exception {
        Path parent = into.resolveSibling(into.getFileName() + ".taken");
        DockerEngine.get().take(name(), "/workspace", parent);
        Files.move(parent.resolve("workspace"), into);
    }

    @Override
    Path journal(String conversation) throws Exception {
        Path into = one.base().resolve("journal-" + conversation);
        DockerEngine.get()
                .take(name(), "/home/agent/.claude-vm/conversations/" + conversation + "/journal.ndjson", into);
        return into.resolve("journal.ndjson");
    }

    @Override
    void destroy() throws Exception {
        DockerEngine engine = DockerEngine.get();
        assertThat(engine.call("DELETE", "/containers/" + name() + "?force=true"))
                .contains(" 204 ");
        for (String volume : new String[] {"-project", "-home"}) {
            assertThat(engine.call("DELETE", "/volumes/" + name() + volume)).contains(" 204 ");
        }
    }
}
