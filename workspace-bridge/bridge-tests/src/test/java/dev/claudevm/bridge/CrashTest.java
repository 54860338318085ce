package dev.claudevm.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.CommandResult;
import dev.claudevm.protocol.EventBody.Decision;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The bridge is killed at each step of a commit; the client sends the command again; the agent hears it once. */
class CrashTest {

    private static final int KILLED = 137;

    @ParameterizedTest
    @ValueSource(strings = {"before-write", "after-write", "after-fsync", "after-send"})
    void aMessageArrivesOnce(String place) throws Exception {
        String id = BridgeUnderTest.id();
        try (var given = new BridgeUnderTest()
                .start("CLAUDE_VM_TEST_CRASH", place + ":" + id)
                .withConversation()) {
            diesAndTakesItAgain(given, new Command.Enqueue(id, "say one", false, List.of(), "anna"));
            var events = given.eventsUntilTurns(1);
            assertThat(BridgeUnderTest.types(events))
                    .isEqualTo("message.queued agent.started turn.started text turn.finished");
            assertThat(given.agentHeard(id)).as("%s", given.agentHeard()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"before-write", "after-write", "after-fsync", "after-send"})
    void aTurnStartsOnce(String place) throws Exception {
        try (var given = new BridgeUnderTest()
                .start("CLAUDE_VM_TEST_CRASH", place + ":turn.started")
                .withConversation()) {
            String id = sayAndDie(given);
            given.start();
            var events = given.eventsUntilTurns(1);
            assertThat(BridgeUnderTest.types(events))
                    .isEqualTo("message.queued agent.started turn.started text turn.finished");
            assertThat(given.agentHeard(id)).as("%s", given.agentHeard()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"before-write", "after-write", "after-fsync", "after-send"})
    void anAgentIsStartedOnce(String place) throws Exception {
        try (var given = new BridgeUnderTest()
                .start("CLAUDE_VM_TEST_CRASH", place + ":agent.started")
                .withConversation()) {
            String _ = sayAndDie(given);
            given.start();
            assertThat(BridgeUnderTest.types(given.eventsUntilTurns(1)))
                    .isEqualTo("message.queued agent.started turn.started text turn.finished");
            assertThat(given.agentHeard("start\t")).as("%s", given.agentHeard()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"before-write", "after-write", "after-fsync", "after-send"})
    void anApprovalIsAnsweredOnce(String place) throws Exception {
        String id = BridgeUnderTest.id();
        try (var given = new BridgeUnderTest()
                .start("CLAUDE_VM_TEST_CRASH", place + ":" + id)
                .withConversation()) {
            given.say("ask Bash");
            JsonNode opened = given.awaitEvent("approval.opened");
            diesAndTakesItAgain(
                    given,
                    new Command.AnswerApproval(id, opened.path("approvalId").asString(), Decision.ALLOW, null, "anna"));
            var events = given.eventsUntilTurns(1);
            assertThat(BridgeUnderTest.types(events)).containsOnlyOnce("approval.resolved");
            assertThat(given.agentHeard("answer\t"))
                    .as("%s", given.agentHeard())
                    .isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"before-write", "after-write", "after-fsync", "after-send"})
    void aQuestionIsAnsweredOnce(String place) throws Exception {
        String id = BridgeUnderTest.id();
        try (var given = new BridgeUnderTest()
                .start("CLAUDE_VM_TEST_CRASH", place + ":" + id)
                .withConversation()) {
            given.say("question");
            JsonNode opened = given.awaitEvent("question.opened");
            diesAndTakesItAgain(
                    given,
                    new Command.AnswerQuestion(
                            id, opened.path("questionId").asString(), Map.of("Which?", "a"), "anna"));
            var events = given.eventsUntilTurns(1);
            assertThat(BridgeUnderTest.types(events)).containsOnlyOnce("question.answered");
            assertThat(given.agentHeard("answer\t"))
                    .as("%s", given.agentHeard())
                    .isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"before-write", "after-write", "after-fsync", "after-send"})
    void whatTheAgentAsksIsOpenedOnce(String place) throws Exception {
        try (var given = new BridgeUnderTest()
                .start("CLAUDE_VM_TEST_CRASH", place + ":approval.opened")
                .withConversation()) {
            given.say("ask Bash Edit");
            assertThat(given.bridge().awaitExit(BridgeUnderTest.PATIENCE)).isEqualTo(KILLED);
            given.start();
            var events = given.eventsUntil(
                    "the second approval", e -> e.path("tool").asString("").equals("Edit"));
            assertThat(BridgeUnderTest.types(events))
                    .isEqualTo("message.queued agent.started turn.started approval.opened approval.opened");
        }
    }

    /** The agent is begun beside the answer, which may die with the bridge. @return the message's id */
    private static String sayAndDie(BridgeUnderTest given) throws Exception {
        String id = BridgeUnderTest.id();
        try {
            given.command(new Command.Enqueue(id, "say one", false, List.of(), "anna"));
        } catch (UncheckedIOException e) {
            // It was written down before.
        }
        assertThat(given.bridge().awaitExit(BridgeUnderTest.PATIENCE)).isEqualTo(KILLED);
        return id;
    }

    private static void diesAndTakesItAgain(BridgeUnderTest given, Command command) {
        try {
            given.command(command);
        } catch (UncheckedIOException | AssertionError e) {
            // It died before it could answer.
        }
        assertThat(given.bridge().awaitExit(BridgeUnderTest.PATIENCE)).isEqualTo(KILLED);
        given.start();
        assertThat(given.command(command)).isEqualTo(CommandResult.taken());
        assertThat(given.command(command)).isEqualTo(CommandResult.taken());
    }
}
