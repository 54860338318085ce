package dev.claudevm.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.claudevm.conversation.Conversation;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.conversation.ConversationState;
import dev.claudevm.conversation.NewConversation;
import dev.claudevm.conversation.Outbox;
import dev.claudevm.fake.FakeBridge;
import dev.claudevm.problem.Problem;
import dev.claudevm.protocol.EventBody;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What nobody needs stops by itself, what somebody needs does not, and nothing that is said in between is lost. */
class RestTest extends CoreStory {

    @Override
    String config() {
        return "limits: {idle: 1s}\n";
    }

    private WorkspaceId running() {
        WorkspaceId id = create().id();
        // It may have gone to rest again by the time that somebody looks.
        await("it was started").until(() -> provider.calls.contains("start " + id + " 1"));
        return id;
    }

    private WorkspaceId runningForEver() {
        WorkspaceId id = create().id();
        workspaces.idleMinutes(id, 0, false);
        awaitState(id, WorkspaceState.RUNNING);
        await("online").until(() -> workspaces.get(id).online());
        return id;
    }

    /** As the server's own limit says, from now on. */
    private void mayRest(WorkspaceId id) {
        workspaces.idleMinutes(id, null, false);
    }

    @Test
    void whatNobodyNeedsStopsAndAMessageStartsIt() {
        WorkspaceId id = running();
        awaitState(id, WorkspaceState.STOPPED);
        Workspace stopped = workspaces.get(id);
        assertThat(stopped.reason()).isEqualTo("Nobody needed it for 1 s.");
        assertThat(stopped.idle().rested()).isTrue();
        assertThat(provider.calls).contains("stop " + id);

        workspaces.idleMinutes(id, 0, false);
        Conversation conversation =
                core.get(ConversationService.class).create(id, new NewConversation("demo", null, null));
        core.get(Outbox.class)
                .say(conversation.id(), UUID.randomUUID().toString(), "Wake up.", false, List.of(), "anna");

        awaitState(id, WorkspaceState.RUNNING);
        assertThat(workspaces.get(id).idle().rested()).isFalse();
        await("it was told")
                .until(() -> provider.workspace(id.value()).commands().size() == 1);
    }

    @Test
    void theBridgeHasTheLastWord() {
        WorkspaceId id = runningForEver();
        FakeBridge bridge = provider.bridge(id.value());
        bridge.needed(true);
        mayRest(id);
        await("it was asked twice").until(() -> bridge.restsAsked() >= 2);
        assertThat(provider.calls).doesNotContain("stop " + id);
        assertThat(bridge.stopsAsked()).isZero();

        bridge.needed(false);
        awaitState(id, WorkspaceState.STOPPED);
    }

    @Test
    void workAQuestionAMessageThatWaitsAndAPersonKeepItAwake() {
        WorkspaceId working = runningForEver();
        Conversation conversation =
                core.get(ConversationService.class).create(working, new NewConversation("demo", null, null));
        String journal = conversation.id().value();
        await("it is open").until(() -> {
            provider.workspace(working.value())
                    .append(
                            journal,
                            new EventBody.TurnStarted("t1", UUID.randomUUID().toString()));
            return core.get(ConversationService.class).get(conversation.id()).state() == ConversationState.WORKING;
        });
        WorkspaceId used = runningForEver();
        FakeBridge first = provider.bridge(working.value());
        FakeBridge second = provider.bridge(used.value());
        mayRest(working);
        mayRest(used);

        WorkspaceId idle = running();
        await("the third one rests while the second is used")
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    workspaces.used(used);
                    return workspaces.get(idle).state() == WorkspaceState.STOPPED;
                });
        assertThat(first.restsAsked()).isZero();
        assertThat(second.restsAsked()).isZero();

        provider.workspace(working.value())
                .append(journal, new EventBody.TurnFinished("t1", EventBody.Outcome.DONE, null, null));
        awaitState(working, WorkspaceState.STOPPED);
        awaitState(used, WorkspaceState.STOPPED);
    }

    @Test
    void whatWasSetForItCountsBeforeItsProjectAndThatBeforeTheServer() {
        WorkspaceId id = runningForEver();
        workspaces.idleMinutes(id, 30, true);
        assertThat(workspaces.get(id).idle().after()).isZero();
        mayRest(id);
        assertThat(workspaces.get(id).idle().after()).isEqualTo(Duration.ofMinutes(30));
        workspaces.idleMinutes(id, 5, false);
        assertThat(workspaces.get(id).idle().after()).isEqualTo(Duration.ofMinutes(5));
        assertThat(workspaces.get(id).idle().projectMinutes()).isEqualTo(30);

        Instant until = Instant.now().plus(Duration.ofHours(1));
        workspaces.keepAwake(id, until);
        workspaces.idleMinutes(id, null, true);
        mayRest(id);
        WorkspaceId other = running();
        awaitState(other, WorkspaceState.STOPPED);
        assertThat(workspaces.get(id).state()).isEqualTo(WorkspaceState.RUNNING);
        workspaces.keepAwake(id, null);
        awaitState(id, WorkspaceState.STOPPED);
    }

    @Test
    void nonsenseIsRefused() {
        WorkspaceId id = runningForEver();
        Instant now = Instant.now();
        assertThatThrownBy(() -> workspaces.keepAwake(id, now.minusSeconds(1))).isInstanceOf(Problem.class);
        assertThatThrownBy(() -> workspaces.keepAwake(id, now.plus(Duration.ofDays(31))))
                .isInstanceOf(Problem.class);
        assertThatThrownBy(() -> workspaces.idleMinutes(id, -1, false)).isInstanceOf(Problem.class);
        assertThatThrownBy(() -> workspaces.idleMinutes(id, 10_081, true)).isInstanceOf(Problem.class);
    }

    @Test
    void whoWantsItWhileItIsPutToRestGetsIt() {
        provider.mayStop = new CountDownLatch(1);
        WorkspaceId id = running();
        await("it is being stopped").until(() -> provider.calls.contains("stop " + id));

        workspaces.up(id);
        assertThat(workspaces.get(id).state()).isEqualTo(WorkspaceState.STOPPING);
        workspaces.idleMinutes(id, 0, false);
        provider.mayStop.countDown();

        awaitState(id, WorkspaceState.RUNNING);
        assertThat(workspaces.get(id).generation()).isEqualTo(2);
    }

    @Test
    void aServerThatDiesInTheMiddleOfItFinishesItWhenItIsBack() {
        provider.mayStop = new CountDownLatch(1);
        WorkspaceId id = running();
        await("it is being stopped").until(() -> provider.calls.contains("stop " + id));
        core.close();
        provider.die(id.value());
        provider.mayStop.countDown();
        begin();
        awaitState(id, WorkspaceState.STOPPED);
        assertThat(workspaces.get(id).idle().rested()).isTrue();
    }

    @Test
    void aServerThatDiesBeforeItAskedLeavesItRunning() {
        WorkspaceId id = runningForEver();
        restart();
        // It was to be put to rest; its bridge is on the way back.
        core.get(WorkspaceStates.class).beginRest(id);
        restart();
        awaitState(id, WorkspaceState.RUNNING);
        assertThat(provider.calls).doesNotContain("stop " + id);
    }
}
