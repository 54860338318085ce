package dev.claudevm.conversation;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.claudevm.fake.Core;
import dev.claudevm.fake.FakeBridge;
import dev.claudevm.fake.FakeProvider;
import dev.claudevm.fake.FakeWorkspace;
import dev.claudevm.problem.Problem;
import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.Json;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.workspace.NewWorkspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import dev.claudevm.workspace.WorkspaceState;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a person says arrives once; what the agent says is mirrored once and in order. Over real SSH and HTTP. */
class OutboxAndMirrorTest {

    @TempDir
    Path home;

    @TempDir
    Path project;

    private final FakeProvider provider = new FakeProvider();
    private Core core;
    private WorkspaceService workspaces;
    private ConversationService conversations;
    private Outbox outbox;
    private WorkspaceId workspace;
    private ConversationId conversation;

    @BeforeEach
    void runningWorkspaceWithAConversation() {
        start();
        workspace = workspaces
                .create(new NewWorkspace(project.toString(), "fake", null, null, null))
                .id();
        conversation = conversations
                .create(workspace, new NewConversation(null, null, null))
                .id();
        awaitState(WorkspaceState.RUNNING);
        awaitMirror(0);
    }

    private void start() {
        core = Core.start(home, provider);
        workspaces = core.get(WorkspaceService.class);
        conversations = core.get(ConversationService.class);
        outbox = core.get(Outbox.class);
    }

    private void restart() {
        core.close();
        start();
    }

    @AfterEach
    void stop() {
        core.close();
        provider.dieAll();
    }

    private FakeWorkspace inside() {
        return provider.workspace(workspace.value());
    }

    private FakeBridge bridge() {
        return provider.bridge(workspace.value());
    }

    private void awaitState(WorkspaceState state) {
        await(workspace + " becomes " + state)
                .untilAsserted(
                        () -> assertThat(workspaces.get(workspace).state()).isEqualTo(state));
    }

    /** Its events are 1, 2, 3 … {@code last}. */
    private void awaitMirror(long last) {
        await("the mirror has " + last + " events")
                .untilAsserted(() ->
                        assertThat(conversations.get(conversation).lastSeq()).isEqualTo(last));
        assertThat(conversations.eventsAfter(conversation, 0, 1000))
                .extracting(StoredEvent::seq)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, last).boxed().toList());
    }

    private Receipt say(String id, String text) {
        return outbox.say(conversation, id, text, false, List.of(), "ada");
    }

    private void awaitTaken(String... texts) {
        await("taken: " + List.of(texts))
                .untilAsserted(() -> assertThat(saidInside()).containsExactly(texts));
        await("nothing is pending")
                .until(() -> conversations.pending(conversation).isEmpty());
    }

    private List<String> saidInside() {
        return inside().commands().stream()
                .map(command -> command instanceof Command.Enqueue said
                        ? said.text()
                        : command.getClass().getSimpleName())
                .toList();
    }

    @Test
    void theSamePutThreeTimesArrivesOnce() {
        say("m1", "hello");
        say("m1", "hello");
        awaitTaken("hello");

        assertThat(say("m1", "hello").state()).isEqualTo("taken");
        awaitMirror(1);
        assertThat(saidInside()).containsExactly("hello");
        assertThat(conversations.get(conversation).title()).isEqualTo("hello");
        assertThat(conversations.get(conversation).queued()).isEqualTo(1);
    }

    @Test
    void anIdThatSaysSomethingElseIsAConflict() {
        say("m1", "hello");
        assertThatThrownBy(() -> say("m1", "good bye"))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.kind()).isEqualTo(Problem.Kind.CONFLICT));
        awaitTaken("hello");
    }

    @Test
    void messagesArriveInTheOrderInWhichTheyWereSaid() {
        bridge().cut();
        for (int i = 1; i <= 20; i++) {
            say("m" + i, "number " + i);
        }
        await("offline").until(() -> !workspaces.online(workspace));
        comeHome();

        await().until(() -> saidInside().size() == 20);
        assertThat(saidInside())
                .containsExactlyElementsOf(LongStream.rangeClosed(1, 20)
                        .mapToObj(i -> "number " + i)
                        .toList());
    }

    private void comeHome() {
        try {
            bridge().comeHome();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aBridgeThatDiesBetweenTakingAndAnsweringTakesItOnce() {
        bridge().swallowAnswers(3);
        say("m1", "hello");

        awaitTaken("hello");
        awaitMirror(1);
        assertThat(say("m1", "hello").state()).isEqualTo("taken");
    }

    @Test
    void whatWasSaidOutlivesTheServer() {
        bridge().cut();
        await("offline").until(() -> !workspaces.online(workspace));
        say("m1", "before the restart");
        restart();
        assertThat(conversations.pending(conversation))
                .singleElement()
                .satisfies(pending -> assertThat(pending.text()).isEqualTo("before the restart"));
        assertThat(say("m1", "before the restart").id()).isEqualTo("m1");

        comeHome();
        awaitTaken("before the restart");

        restart();
        comeHome();
        awaitMirror(1);
        assertThat(say("m1", "before the restart").state()).isEqualTo("taken");
        assertThat(saidInside()).containsExactly("before the restart");
    }

    @Test
    void aMessageToAStoppedWorkspaceStartsIt() {
        workspaces.down(workspace);
        awaitState(WorkspaceState.STOPPED);

        say("m1", "wake up");

        awaitState(WorkspaceState.RUNNING);
        awaitTaken("wake up");
    }

    @Test
    void whatWasSaidBeforeAPersonStoppedItDoesNotStartIt() {
        bridge().cut();
        await("offline").until(() -> !workspaces.online(workspace));
        say("m1", "too late");
        workspaces.down(workspace);
        awaitState(WorkspaceState.STOPPED);

        restart();
        assertThat(workspaces.get(workspace).state()).isEqualTo(WorkspaceState.STOPPED);

        say("m2", "now");
        awaitTaken("too late", "now");
    }

    @ParameterizedTest
    @EnumSource(FakeBridge.Disorder.class)
    void eventsAreMirroredOnceAndInOrderWhateverTheStreamDoes(FakeBridge.Disorder disorder) {
        bridge().next(disorder);
        for (int i = 1; i <= 6; i++) {
            inside().append(conversation.value(), new EventBody.Notice("number " + i));
        }

        awaitMirror(6);

        assertThat(conversations.eventsAfter(conversation, 0, 100))
                .extracting(
                        event -> Json.MAPPER.readTree(event.json()).path("text").asString(""))
                .containsExactly("number 1", "number 2", "number 3", "number 4", "number 5", "number 6");
    }

    @Test
    void whatHappenedWhileTheServerWasAwayIsMirrored() {
        inside().append(conversation.value(), new EventBody.Notice("before"));
        awaitMirror(1);
        core.close();
        inside().append(conversation.value(), new EventBody.Notice("meanwhile"));
        start();
        comeHome();

        awaitMirror(2);
    }

    @Test
    void theFirstOfTwoDevicesDecidesAndTheOtherIsToldWho() {
        String approval = openApproval(conversation.value() + ".r1");

        outbox.answerApproval(approval, "a1", EventBody.Decision.ALLOW, null, "ada");
        assertThatThrownBy(() -> outbox.answerApproval(approval, "a2", EventBody.Decision.DENY, null, "bob"))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("ada");

        await("resolved").until(() -> conversations.approvals().isEmpty());
        assertThat(outbox.answerApproval(approval, "a1", EventBody.Decision.ALLOW, null, "ada")
                        .id())
                .isEqualTo("a1");
        restart();
        assertThatThrownBy(() -> outbox.answerApproval(approval, "a2", EventBody.Decision.DENY, null, "bob"))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("ada");
        assertThat(inside().commands().stream().filter(Command.AnswerApproval.class::isInstance))
                .hasSize(1);
    }

    @Test
    void twoApprovalsAtOnceAreBothOpenUntilEachIsAnswered() {
        String one = openApproval(conversation.value() + ".r1");
        openApproval(conversation.value() + ".r2");
        await().until(() -> conversations.approvals().size() == 2);
        assertThat(conversations.get(conversation).state()).isEqualTo(ConversationState.NEEDS_YOU);

        outbox.answerApproval(one, "a1", EventBody.Decision.DENY, "no", "ada");

        await().until(() -> conversations.approvals().size() == 1);
        assertThat(conversations.approvals().getFirst().id()).endsWith(".r2");
    }

    @Test
    void aBridgeAsksNothingInTheNameOfOthers() {
        inside().append(
                        conversation.value(),
                        new EventBody.ApprovalOpened(
                                "aaaaaaaaaaaaaaaa.r1", "Bash", "rm", Json.MAPPER.createObjectNode(), List.of(), null));
        awaitMirror(1);

        assertThat(conversations.approvals()).isEmpty();
    }

    @Test
    void whatATurnDoesShowsInTheList() {
        inside().append(conversation.value(), new EventBody.TurnStarted("t1", null));
        inside().append(conversation.value(), new EventBody.Text("t1", "x1", "First\n\nThen this.", null));
        awaitMirror(2);
        assertThat(conversations.get(conversation).state()).isEqualTo(ConversationState.WORKING);
        assertThat(conversations.get(conversation).line()).isEqualTo("Then this.");

        inside().append(
                        conversation.value(),
                        new EventBody.TurnFinished("t1", EventBody.Outcome.FAILED, null, "The agent died."));
        awaitMirror(3);
        assertThat(conversations.get(conversation).state()).isEqualTo(ConversationState.FAILED);

        inside().append(conversation.value(), new EventBody.TurnStarted("t2", null));
        inside().append(conversation.value(), new EventBody.TurnFinished("t2", EventBody.Outcome.DONE, null, null));
        awaitMirror(5);
        assertThat(conversations.get(conversation).state()).isEqualTo(ConversationState.IDLE);
    }

    @Test
    void theBridgeIsToldTheAgents() {
        await("agents").untilAsserted(() -> assertThat(bridge().agents()).hasSize(1));
    }

    /** As on a machine that is reached over a network. */
    @Test
    void messagesWaitForTheirAgentsProgramAndSayWhy() {
        provider.mayBring = new CountDownLatch(1);
        provider.bringFails = new ProviderException("The disk is full.", "Make room.");
        workspace = workspaces
                .create(new NewWorkspace(project.toString(), "fake", null, null, null))
                .id();
        conversation = conversations
                .create(workspace, new NewConversation(null, null, null))
                .id();
        awaitState(WorkspaceState.RUNNING);
        say("m1", "first");
        awaitWhy("is being copied to where the workspace runs, 1.0 MB sent");
        assertThat(conversations.blocked()).isEmpty();

        requireNonNull(provider.mayBring).countDown();
        awaitWhy("could not be copied. The disk is full. Make room.");
        await("the inbox says so")
                .untilAsserted(() -> assertThat(conversations.blocked()).containsKey(conversation));
        assertThat(saidInside()).isEmpty();

        provider.bringFails = null;
        awaitTaken("first");
        assertThat(conversations.need(conversations.get(conversation))).isEmpty();
    }

    private void awaitWhy(String why) {
        await("it says: " + why)
                .untilAsserted(() -> assertThat(conversations.pending(conversation))
                        .singleElement()
                        .satisfies(one -> assertThat(one.why()).contains(why)));
    }

    private String openApproval(String id) {
        inside().append(
                        conversation.value(),
                        new EventBody.ApprovalOpened(
                                id, "Bash", "ls", Json.MAPPER.createObjectNode(), List.of(), null));
        await(id + " is open")
                .until(() -> conversations.approvals().stream()
                        .anyMatch(open -> open.id().equals(id)));
        return id;
    }
}
