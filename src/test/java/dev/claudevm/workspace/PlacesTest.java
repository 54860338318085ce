package dev.claudevm.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;

/** Only so many workspaces run; the others wait in order, over a restart too. */
class PlacesTest extends CoreStory {

    @Override
    String config() {
        return "limits: {running: 1}\n";
    }

    private WorkspaceId running() {
        WorkspaceId id = create().id();
        awaitState(id, WorkspaceState.RUNNING);
        return id;
    }

    private WorkspaceId waiting(int before) {
        WorkspaceId id = create().id();
        await(id + " waits")
                .untilAsserted(() -> assertThat(workspaces.get(id).steps())
                        .filteredOn(step -> !step.done())
                        .extracting(step -> step.step() + ": " + step.detail())
                        .containsExactly("Waits for a place: at most 1 run, " + before + " before it"));
        return id;
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
        workspaces.delete(second, true, false);
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
        restart();
        assertThat(workspaces.get(first).state()).isEqualTo(WorkspaceState.RUNNING);
        assertThat(workspaces.get(second).state()).isEqualTo(WorkspaceState.CREATING);
        workspaces.down(first);
        awaitState(second, WorkspaceState.RUNNING);
    }
}
