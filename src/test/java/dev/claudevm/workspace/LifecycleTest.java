package dev.claudevm.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.claudevm.fake.Core;
import dev.claudevm.fake.FakeBridge;
import dev.claudevm.problem.Problem;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.material.KitUse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.ClassPathResource;

/** From nothing to running and back, with the control plane dying in between. */
class LifecycleTest extends CoreStory {

    @BeforeAll
    static void kit() {
        assertThat(new ClassPathResource("claude-vm-bridge-kit.zip").exists())
                .as("the bridge's kit is among our resources: mvn package builds it")
                .isTrue();
    }

    @Test
    void aWorkspaceIsMadeStartedStoppedStartedAndDeleted() {
        Workspace made = create();
        assertThat(made.state()).isEqualTo(WorkspaceState.CREATING);
        WorkspaceId id = made.id();
        awaitState(id, WorkspaceState.RUNNING);
        Workspace running = workspaces.get(id);
        assertThat(running.online()).isTrue();
        assertThat(running.steps()).extracting(Workspace.Step::step).contains("Project");
        assertThat(running.steps()).allMatch(Workspace.Step::done);

        // What was done is not told as what is done now.
        assertThat(workspaces.down(id).steps()).extracting(Workspace.Step::step).doesNotContain("Project");
        awaitState(id, WorkspaceState.STOPPED);
        assertThat(workspaces.get(id).online()).isFalse();

        workspaces.up(id);
        awaitState(id, WorkspaceState.RUNNING);
        assertThat(workspaces.get(id).generation()).isEqualTo(2);

        workspaces.delete(id, false, false);
        awaitState(id, WorkspaceState.DELETED);
        assertThat(workspaces.list()).isEmpty();
        assertThat(provider.calls)
                .startsWith("create " + id, "start " + id + " 1")
                .contains("start " + id + " 2", "delete " + id);
        assertThat(provider.calls.stream().filter(call -> call.startsWith("create")))
                .hasSize(1);

        workspaces.delete(id, true, false);
        await("the record is gone").until(() -> workspaces.find(id).isEmpty());
    }

    @Test
    void whatCannotBeMadeFailsWithTheReasonAndLeavesNothing() {
        provider.createFails = new ProviderException("fatal: repository 'x' not found", "Check the URL.");
        WorkspaceId id = workspaces
                .create(new NewWorkspace("https://example.invalid/x.git", "fake", null, null, null))
                .id();

        awaitState(id, WorkspaceState.FAILED);

        Workspace failed = workspaces.get(id);
        assertThat(failed.reason()).contains("repository 'x' not found");
        assertThat(failed.todo()).isEqualTo("Check the URL.");
        assertThat(provider.calls).contains("delete " + id).noneMatch(call -> call.startsWith("start"));

        provider.createFails = null;
        workspaces.up(id);
        awaitState(id, WorkspaceState.RUNNING);
    }

    @Test
    void aBridgeThatDoesNotComeHomeIsSaidAndStopped() throws Exception {
        Files.writeString(home.resolve("config.yaml"), "limits: {boot: 500ms}\n");
        restart();
        provider.bridgesGetLost = true;

        WorkspaceId id = create().id();
        awaitState(id, WorkspaceState.FAILED);

        assertThat(workspaces.get(id).reason()).contains("did not connect");
        assertThat(provider.calls).endsWith("stop " + id);
    }

    @Test
    void whatWasBegunGoesOnAfterARestart() {
        provider.mayCreate = new CountDownLatch(1);
        WorkspaceId id = create().id();
        await("it is being made").until(() -> provider.calls.contains("create " + id));

        core.close();
        provider.mayCreate.countDown();
        begin();

        awaitState(id, WorkspaceState.RUNNING);
        assertThat(workspaces.get(id).online()).isTrue();
    }

    @Test
    void aRunningWorkspaceOutlivesTheServer() throws Exception {
        WorkspaceId id = create().id();
        awaitState(id, WorkspaceState.RUNNING);

        restart();
        assertThat(workspaces.get(id).state()).isEqualTo(WorkspaceState.RUNNING);
        provider.bridge(id.value()).comeHome();

        await("online again").until(() -> workspaces.get(id).online());
        assertThat(workspaces.get(id).generation()).isEqualTo(1);
    }

    @Test
    void whatEndedByItselfIsNotCalledRunning() {
        WorkspaceId id = create().id();
        awaitState(id, WorkspaceState.RUNNING);

        core.close();
        provider.die(id.value());
        begin();

        awaitState(id, WorkspaceState.STOPPED);
        assertThat(workspaces.get(id).reason()).contains("nobody had asked");
    }

    @Test
    void whatIsBeingMadeCanBeDeleted() {
        provider.mayCreate = new CountDownLatch(1);
        WorkspaceId id = create().id();
        await("it is being made").until(() -> provider.calls.contains("create " + id));

        workspaces.delete(id, false, false);
        provider.mayCreate.countDown();

        awaitState(id, WorkspaceState.DELETED);
        assertThat(provider.calls).contains("delete " + id).noneMatch(call -> call.startsWith("start"));
    }

    /** What a crash left: a workspace of a provider that no record knows. */
    @Test
    void whatIsInNoRecordIsDeletedAndShown() {
        WorkspaceId id = create().id();
        awaitState(id, WorkspaceState.RUNNING);
        provider.workspace("stray-cat-1");
        core.close();
        core = Core.start(home, provider, "claude-vm.workspace.reap=100ms");
        workspaces = core.get(WorkspaceService.class);

        await("the stray one is gone").until(() -> !provider.list().contains("stray-cat-1"));
        assertThat(provider.list()).containsExactly(id.value());
        await("it is shown")
                .untilAsserted(() -> assertThat(core.get(Reaper.class).reaped())
                        .extracting(Reaper.Reaped::provider, Reaper.Reaped::workspace)
                        .contains(org.assertj.core.groups.Tuple.tuple("fake", "stray-cat-1")));

        // A workspace of another database's is not ours to delete.
        core.close();
        core = Core.start(home.resolve("other"), provider, "claude-vm.workspace.reap=100ms");
        workspaces = core.get(WorkspaceService.class);
        int before = provider.listed.get();
        await("it was looked at").until(() -> provider.listed.get() > before + 1);
        assertThat(provider.list()).containsExactly(id.value());
    }

    /** An update of the product brings another kit; who has been started before runs with the old one. */
    @Test
    void theKitOfAnEarlierVersionGoesWhenNobodyRunsWithIt() throws Exception {
        core.close();
        Path kits = Files.createDirectories(home.resolve("updated/kits"));
        core = Core.start(home.resolve("updated"), provider, "claude-vm.workspace.reap=100ms");
        workspaces = core.get(WorkspaceService.class);
        WorkspaceId id = create().id();
        awaitState(id, WorkspaceState.RUNNING);
        Path earlier = Files.createDirectory(kits.resolve("0123456789abcdef"));
        KitUse.mark(id.value(), earlier);
        Files.setLastModifiedTime(earlier, FileTime.from(Instant.EPOCH));

        int before = provider.listed.get();
        await("it was looked at").until(() -> provider.listed.get() > before + 1);
        assertThat(earlier).isDirectory();

        workspaces.down(id);
        await("it is gone").until(() -> !Files.exists(earlier));
        workspaces.up(id);
        awaitState(id, WorkspaceState.RUNNING);
    }

    @Test
    void aProviderThatDoesNotAnswerIsSaidBeforeAnythingIsMade() {
        provider.checkFails = new ProviderException("The moon does not answer.", "Wait for the night.");
        assertThatThrownBy(this::create)
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.todo()).isEqualTo("Wait for the night."))
                .hasMessageContaining("does not answer");
        assertThat(workspaces.list()).isEmpty();
        assertThat(provider.calls).isEmpty();
    }

    @Test
    void nonsenseIsRefusedAndNothingIsMade() throws Exception {
        Path file = Files.createFile(project.resolve("file"));
        refused(new NewWorkspace(file.toString(), "fake", null, null, null), "is a file, not a folder");
        refused(new NewWorkspace(project + "/nothing", "fake", null, null, null), "no folder");
        refused(new NewWorkspace("some words", "fake", null, null, null), "neither a git URL nor");
        refused(new NewWorkspace("", "fake", null, null, null), "No project");
        refused(new NewWorkspace(project.toString(), "moon", null, null, null), "no provider \"moon\"");
        refused(new NewWorkspace(project.toString(), "fake", "--upload-pack=x", null, null), "no name of a branch");
        refused(new NewWorkspace(project.toString(), "fake", "a..b", null, null), "no name of a branch");
        refused(new NewWorkspace(project.toString(), "fake", null, "debian", null), "no images");
        assertThat(workspaces.list()).isEmpty();
        assertThat(provider.calls).isEmpty();
        assertThatThrownBy(() -> workspaces.up(new WorkspaceId("bold-fire-1"))).isInstanceOf(Problem.class);
    }

    private void refused(NewWorkspace asked, String why) {
        assertThatThrownBy(() -> workspaces.create(asked))
                .isInstanceOf(Problem.class)
                .hasMessageContaining(why);
    }

    @Test
    void aWishThatIsRepeatedMakesOneWorkspace() {
        NewWorkspace wish = new NewWorkspace(project.toString(), "fake", null, null, "shop");
        Workspace first = workspaces.create(wish, "w1");
        assertThat(workspaces.create(wish, "w1").id()).isEqualTo(first.id());
        awaitState(first.id(), WorkspaceState.RUNNING);
        assertThat(workspaces.create(wish, "w1").id()).isEqualTo(first.id());
        assertThat(workspaces.list()).hasSize(1);

        assertThatThrownBy(() ->
                        workspaces.create(new NewWorkspace(project.toString(), "fake", null, null, "other"), "w1"))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.kind()).isEqualTo(Problem.Kind.CONFLICT))
                .hasMessageContaining(first.id().value());
        assertThat(workspaces.create(wish, "w2").id()).isNotEqualTo(first.id());
    }

    @Test
    void byForceAStartThatHangsIsStopped() {
        provider.bridgesGetLost = true;
        WorkspaceId id = create().id();
        await("it was started").until(() -> provider.calls.contains("start " + id + " 1"));
        assertThatThrownBy(() -> workspaces.down(id))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("being started");

        workspaces.down(id, true);

        awaitState(id, WorkspaceState.STOPPED);
        assertThat(provider.calls).contains("stop " + id);
        provider.bridgesGetLost = false;
        workspaces.up(id);
        awaitState(id, WorkspaceState.RUNNING);
    }

    @Test
    void byForceTheBridgeIsNotAsked() {
        WorkspaceId id = create().id();
        awaitState(id, WorkspaceState.RUNNING);
        FakeBridge bridge = provider.bridge(id.value());

        workspaces.down(id, true);

        awaitState(id, WorkspaceState.STOPPED);
        assertThat(bridge.stopsAsked()).isZero();
    }
}
