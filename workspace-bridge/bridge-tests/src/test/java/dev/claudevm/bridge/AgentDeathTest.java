package dev.claudevm.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.CommandResult.Outcome;
import dev.claudevm.protocol.EventBody.Decision;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The agent, its wrapper, tmux or the whole machine dies. */
class AgentDeathTest {

    @Test
    void anAgentKilledInMidTurnIsSaidAndTheNextMessageGoesOnWithItsMemory() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            given.say("say before;die");
            given.awaitEvent("queue.paused");
            given.say("say again");
            List<JsonNode> events = given.eventsUntilTurns(2);
            assertThat(BridgeUnderTest.types(events))
                    .isEqualTo("message.queued agent.started turn.started text agent.exited turn.finished queue.paused"
                            + " message.queued queue.resumed agent.started turn.started text turn.finished");
            assertThat(events.get(4).path("exitCode").asInt()).isEqualTo(137);
            assertThat(events.get(5).path("outcome").asString()).isEqualTo("failed");
            assertThat(events.get(9).path("resumed").asBoolean()).isTrue();
            List<String> starts = given.agentHeard().stream()
                    .filter(l -> l.startsWith("start"))
                    .toList();
            assertThat(starts).hasSize(2);
            assertThat(starts.get(1).replace("resume", "new")).isEqualTo(starts.get(0));
        }
    }

    @Test
    void anAgentThatDoesNotStopWhenAskedIsEndedAndTheNextMessageGoesOn() throws Exception {
        try (var given =
                new BridgeUnderTest().start("CLAUDE_VM_STOP_SECONDS", "1").withConversation()) {
            given.say("say before;hang");
            given.awaitEvent("text");
            given.signalAgent("STOP"); // it hears nothing any more
            given.command(new Command.Interrupt(BridgeUnderTest.id(), "anna"));
            JsonNode exited = given.awaitEvent("agent.exited");
            assertThat(exited.path("what").asString()).contains("did not stop");
            given.say("say again");
            given.eventsUntilTurns(2);
        }
    }

    @Test
    void anOpenApprovalOfADeadAgentIsWithdrawn() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            given.say("ask Bash Edit");
            given.eventsUntil("two approvals", e -> e.path("tool").asString("").equals("Edit"));
            String waiting = given.say("say next");
            given.killAgent();
            List<JsonNode> events =
                    given.eventsUntil("paused", e -> e.path("type").asString().equals("queue.paused"));
            List<JsonNode> resolved = events.stream()
                    .filter(e -> e.path("type").asString().equals("approval.resolved"))
                    .toList();
            assertThat(resolved).hasSize(2).allSatisfy(e -> {
                assertThat(e.path("decision").asString()).isEqualTo("withdrawn");
                assertThat(e.path("by").asString()).isEqualTo("agent");
            });
            var late = given.command(new Command.AnswerApproval(
                    BridgeUnderTest.id(),
                    resolved.getFirst().path("approvalId").asString(),
                    Decision.ALLOW,
                    null,
                    "anna"));
            assertThat(late.outcome()).isEqualTo(Outcome.REFUSED);
            assertThat(given.agentHeard(waiting)).isZero();
            given.command(new Command.Resume(BridgeUnderTest.id(), "anna"));
            given.eventsUntilTurns(2);
            assertThat(given.agentHeard(waiting)).isEqualTo(1);
        }
    }

    @Test
    void anAgentThatNeverTakesTheMessageIsNotStartedForEver() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation(Map.of("SCRIPT_REFUSE", "yes"))) {
            given.say("say hello");
            JsonNode failed = given.awaitEvent("agent.failed");
            assertThat(failed.path("what").asString()).contains("exit code 1").contains("bad key");
            assertThat(failed.path("todo").asString()).isNotBlank();
            List<JsonNode> events =
                    given.eventsUntil("paused", e -> e.path("type").asString().equals("queue.paused"));
            assertThat(BridgeUnderTest.types(events).split("agent.started", -1)).hasSize(4);
            // The message waits; when the cause is gone, saying something is enough.
            given.withConversation();
            given.say("say more");
            given.eventsUntilTurns(5);
            assertThat(given.agentHeard("say hello")).isEqualTo(1);
        }
    }

    @Test
    void aDeadTmuxServerIsNoticedAndLeavesNoAgentBehind() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            given.say("hang");
            await().atMost(BridgeUnderTest.PATIENCE).until(() -> given.agentHeard("hang") == 1);
            long agent = given.agentPid();
            long server = Long.parseLong(given.tmux("display-message", "-p", "#{pid}"));
            ProcessHandle.of(server).orElseThrow().destroyForcibly();
            given.awaitEvent("agent.exited");
            await("the agent is gone").atMost(BridgeUnderTest.PATIENCE).until(() -> BridgeUnderTest.dead(agent));
            given.say("say again");
            given.eventsUntilTurns(2);
        }
    }

    @Test
    void aKilledWrapperIsNoticedAndLeavesNoAgentBehind() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            given.say("hang");
            await().atMost(BridgeUnderTest.PATIENCE).until(() -> given.agentHeard("hang") == 1);
            long agent = given.agentPid();
            ProcessHandle.of(given.wrapperPid()).orElseThrow().destroyForcibly();
            given.awaitEvent("agent.exited");
            await("the agent is gone").atMost(BridgeUnderTest.PATIENCE).until(() -> BridgeUnderTest.dead(agent));
            given.say("say again");
            given.eventsUntilTurns(2);
        }
    }

    @Test
    void aStoppedWorkspaceGoesOnWithTheNextMessage() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            given.say("say before;hang");
            given.awaitEvent("text");
            String waiting = given.say("say later");
            given.kill9();
            given.tmux("kill-server");
            await().atMost(BridgeUnderTest.PATIENCE)
                    .until(() -> BridgeUnderTest.dead(given.agentPid()) && BridgeUnderTest.dead(given.wrapperPid()));
            Files.deleteIfExists(given.run(1).resolve("exit")); // a machine that stops writes nothing
            given.gateway.generation = 2;
            given.start("CLAUDE_VM_GENERATION", "2");
            List<JsonNode> events =
                    given.eventsUntil("started", e -> e.path("type").asString().equals("workspace.started"));
            assertThat(BridgeUnderTest.types(events))
                    .isEqualTo("message.queued agent.started turn.started text message.queued"
                            + " agent.exited turn.finished queue.paused workspace.started");
            given.say("say again");
            given.eventsUntilTurns(3);
            assertThat(given.agentHeard(waiting)).isEqualTo(1);
        }
    }

    @Test
    void theAgentsEnvironmentIsMadeFromNothingAndItsSecretsAreInNoArgument() throws Exception {
        try (var given = new BridgeUnderTest()
                .start("SECRET_OF_THE_BRIDGE", "x")
                .withConversation(Map.of("KEY_OF_AGENT", "s3cret 'quoted'"))) {
            given.say("say a;hang");
            given.awaitEvent("text");
            String names = Files.readString(given.folder.resolve("agent.log.env"));
            assertThat(names.strip().split(" "))
                    .containsExactlyInAnyOrder(
                            "HOME",
                            "KEY_OF_AGENT",
                            "LANG",
                            "PATH",
                            "PWD",
                            "SCRIPT_LOG",
                            "SCRIPT_SESSION",
                            "SHLVL",
                            "TERM",
                            "TMPDIR",
                            "_");
            assertThat(given.run(1).resolve("env")).doesNotExist();
            assertThat(ProcessHandle.allProcesses()
                            .flatMap(p -> p.info().commandLine().stream())
                            .filter(c -> c.contains("s3cret")))
                    .isEmpty();
        }
    }
}
