package dev.claudevm.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.fake.Core;
import dev.claudevm.fake.FakeProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A control plane without its web server, which can end and begin anew, and workspaces in the test's process. */
abstract class CoreStory {

    @TempDir
    Path home;

    @TempDir
    Path project;

    final FakeProvider provider = new FakeProvider();
    Core core;
    WorkspaceService workspaces;

    /** @return {@code config.yaml} */
    String config() {
        return "";
    }

    @BeforeEach
    void start() throws IOException {
        Files.writeString(home.resolve("config.yaml"), config());
        begin();
    }

    @AfterEach
    void stop() {
        provider.mayCreate.countDown();
        provider.mayStop.countDown();
        core.close();
        provider.dieAll();
    }

    /** After {@code core.close()}, which is what a killed server is to its workspaces. */
    final void begin() {
        core = Core.start(home, provider);
        workspaces = core.get(WorkspaceService.class);
    }

    final void restart() {
        core.close();
        begin();
    }

    final Workspace create() {
        return workspaces.create(new NewWorkspace(project.toString(), "fake", null, null, null));
    }

    final void awaitState(WorkspaceId id, WorkspaceState state) {
        await(id + " becomes " + state)
                .untilAsserted(() -> assertThat(workspaces.get(id).state()).isEqualTo(state));
    }
}
