package dev.claudevm.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.fake.Core;
import dev.claudevm.fake.FakeProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Only so many workspaces run; the others wait in order, over a restart too. */
class PlacesTest {

    @TempDir
    Path home;

    @TempDir
    Path project;

    private final FakeProvider provider = new FakeProvider();
    private Core core;
    private WorkspaceService workspaces;

    @BeforeEach
    void start() throws Exception {
        Files.writeString(home.resolve("config.yaml"), "limits: {running: 1}\n");
        begin();
    }

    @AfterEach
    void stop() {
        core.close();
        provider.dieAll();
    }

    private void begin() {
        core = Core.start(home, provider);
        workspaces = core.get(WorkspaceService.class);
    }

    private WorkspaceId create() {
        return workspaces
                .create(new NewWorkspace(project.toString(), "fake", null, null, null))
                .id();
    }

    private WorkspaceId running() {
        WorkspaceId id = create();
        awaitState(id, WorkspaceState.RUNNING);
        return id;
    }

    private WorkspaceId waiting(int before) {
        WorkspaceId id = create();
        await(id + " waits")
                .untilAsserted(() -> assertThat(workspaces.get(id).steps())
                        .filteredOn(step -> !step.done())
                        .extracting(step -> step.step() + ": " + step.detail())
                        .containsExactly("Waits for a place: at most 1 run, " + before + " before it"));
        return id;
    }

    private void awaitState(WorkspaceId id, WorkspaceState state) {
        await(id + " becomes " + state)
                .untilAsserted(() -> assertThat(workspaces.get(id).state()).isEqualTo(state));
    }

    @Test
    void whoComesFirstRunsFirst() {
        WorkspaceId first = running();
        WorkspaceId second = waiting(0);
        WorkspaceId third = waiting(1);
        assertThat(provider.calls).doesNotContain("start " + second + " 1");

        workspaces.down(first);
        awaitState(second, WorkspaceState.RUNNING);
        assertThat(workspaces.get(second).steps()).allMatch(Workspace.Step::done);
        assertThat(provider.calls).doesNotContain("start " + third + " 1");
        workspaces.delete(second, true);
        awaitState(third, WorkspaceState.RUNNING);
    }

    @Test
    void whatFailsLeavesItsPlaceAndWhatWaitsCanBeCalledOff() {
        WorkspaceId first = running();
        WorkspaceId second = waiting(0);
        WorkspaceId third = waiting(1);
        workspaces.down(second, true);
        awaitState(second, WorkspaceState.STOPPED);
        assertThat(provider.calls).doesNotContain("start " + second + " 1");

        provider.startFails = true;
        workspaces.down(first);
        awaitState(third, WorkspaceState.FAILED);
        provider.startFails = false;
        workspaces.up(second);
        awaitState(second, WorkspaceState.RUNNING);
    }

    @Test
    void whoWaitsStillWaitsAfterARestartOfTheServer() {
        WorkspaceId first = running();
        WorkspaceId second = waiting(0);
        core.close();
        begin();
        provider.bridge(first.value());
        assertThat(workspaces.get(first).state()).isEqualTo(WorkspaceState.RUNNING);
        assertThat(workspaces.get(second).state()).isEqualTo(WorkspaceState.CREATING);
        workspaces.down(first);
        awaitState(second, WorkspaceState.RUNNING);
    }
}
