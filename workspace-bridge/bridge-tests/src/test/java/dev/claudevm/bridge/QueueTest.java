package dev.claudevm.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.CommandResult;
import dev.claudevm.protocol.CommandResult.Outcome;
import dev.claudevm.protocol.EventBody.Decision;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The queue, and what a person may do while a turn runs. */
class QueueTest {

    @Test
    void withADeadBridgeTheTurnEndsAndTheNextMessageStartsWhenItIsBack() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            var go = given.folder.resolve("go");
            given.say("wait " + go + ";say first");
            String second = given.say("say second");
            await().atMost(BridgeUnderTest.PATIENCE).until(() -> given.agentHeard("say first") == 1);
            given.kill9();
            given.gateway.close();
            Files.createFile(go);
            await("the turn ends alone")
                    .atMost(BridgeUnderTest.PATIENCE)
                    .until(() ->
                            Files.readString(given.run(1).resolve("raw.ndjson")).contains("end\tdone"));
            // No control plane either: the bridge goes on with the queue before it is home.
            given.launch(java.util.Map.of());
            await("the next one").atMost(BridgeUnderTest.PATIENCE).until(() -> given.agentHeard(second) == 1);
        }
    }

    @Test
    void waitingMessagesCanBeEditedMovedAndWithdrawnAndRunOneByOne() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            String running = given.say("hang;say one");
            await().atMost(BridgeUnderTest.PATIENCE).until(() -> given.agentHeard("hang") == 1);
            String a = given.say("say a");
            String b = given.say("say b");
            String c = given.say("say c");
            taken(given, new Command.Edit(BridgeUnderTest.id(), a, "say a2", "anna"));
            taken(given, new Command.Move(BridgeUnderTest.id(), c, a, "anna"));
            taken(given, new Command.Withdraw(BridgeUnderTest.id(), b, "anna"));
            assertThat(given.command(new Command.Edit(BridgeUnderTest.id(), running, "x", "anna")))
                    .isEqualTo(CommandResult.refused("The message is running already."));
            assertThat(given.command(new Command.Withdraw(BridgeUnderTest.id(), b, "anna"))
                            .outcome())
                    .isEqualTo(Outcome.REFUSED);
            taken(given, new Command.Interrupt(BridgeUnderTest.id(), "anna"));
            List<JsonNode> events = given.eventsUntilTurns(3);
            assertThat(events.stream()
                            .filter(e -> e.path("type").asString().equals("text"))
                            .map(e -> e.path("markdown").asString()))
                    .containsExactly("c", "a2");
            assertThat(events.stream()
                            .filter(e -> e.path("type").asString().equals("turn.finished"))
                            .map(e -> e.path("outcome").asString()))
                    .containsExactly("interrupted", "done", "done");
            assertThat(given.command(new Command.Interrupt(BridgeUnderTest.id(), "anna")))
                    .isEqualTo(CommandResult.refused("Nothing is running."));
        }
    }

    @Test
    void aPausedQueueWaitsAndAMessageCanBeSaidNow() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            taken(given, new Command.Pause(BridgeUnderTest.id(), "anna"));
            String first = given.say("hang");
            assertThat(BridgeUnderTest.types(given.eventsUntil(
                            "queued", e -> e.path("type").asString().equals("message.queued"))))
                    .isEqualTo("queue.paused message.queued");
            taken(given, new Command.Resume(BridgeUnderTest.id(), "anna"));
            await().atMost(BridgeUnderTest.PATIENCE).until(() -> given.agentHeard(first) == 1);
            String waiting = given.say("other words");
            taken(given, new Command.SayNow(BridgeUnderTest.id(), waiting, "anna"));
            given.eventsUntil("heard", e -> e.path("markdown").asString("").equals("heard other words"));
            taken(given, new Command.Enqueue(BridgeUnderTest.id(), "and these", true, List.of(), "anna"));
            given.eventsUntil("heard", e -> e.path("markdown").asString("").equals("heard and these"));
            taken(given, new Command.SetMode(BridgeUnderTest.id(), "free", "anna"));
            given.eventsUntil("mode", e -> e.path("type").asString().equals("mode.changed"));
            assertThat(given.command(new Command.SetMode(BridgeUnderTest.id(), "wild", "anna"))
                            .why())
                    .contains("ask, free");
        }
    }

    @Test
    void aModeThatIsSetWhileNoAgentRunsIsTheNextOnesMode() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            taken(given, new Command.SetMode(BridgeUnderTest.id(), "free", "anna"));
            given.say("say a");
            given.eventsUntilTurns(1);
            assertThat(given.agentHeard().getFirst()).startsWith("start\tnew ").endsWith(" free");
        }
    }

    @Test
    void theFirstAnswerWinsAndLaterOnesAreToldWhoGaveIt() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            given.say("ask Bash Edit");
            given.eventsUntil("both", e -> e.path("tool").asString("").equals("Edit"));
            JsonNode first = given.awaitEvent("approval.opened");
            String approval = first.path("approvalId").asString();
            assertThat(approval).startsWith("c1.");
            taken(given, new Command.AnswerApproval(BridgeUnderTest.id(), approval, Decision.DENY, "no", "anna"));
            var second = new Command.AnswerApproval(BridgeUnderTest.id(), approval, Decision.ALLOW, null, "ben");
            CommandResult refused = CommandResult.refused("Answered by anna already.");
            assertThat(given.command(second)).isEqualTo(refused);
            given.kill9();
            given.start();
            assertThat(given.command(second)).isEqualTo(refused);
            String other = approval.replace("Bash", "Edit");
            taken(given, new Command.AnswerApproval(BridgeUnderTest.id(), other, Decision.ALWAYS, null, "ben"));
            given.eventsUntilTurns(1);
            assertThat(given.agentHeard("DENY")).isEqualTo(1);
            assertThat(given.agentHeard("ALWAYS")).isEqualTo(1);
            assertThat(given.agentHeard("answer\t")).isEqualTo(2);
        }
    }

    @Test
    void aCommandThatComesThreeTimesIsTakenOnce() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            var command = new Command.Enqueue(BridgeUnderTest.id(), "say once", false, List.of(), "anna");
            for (int i = 0; i < 3; i++) {
                taken(given, command);
            }
            given.say("say then");
            assertThat(BridgeUnderTest.types(given.eventsUntilTurns(2))).containsOnlyOnce("agent.started");
            assertThat(given.agentHeard("say once")).isEqualTo(1);
        }
    }

    @Test
    void aMessageTypedIntoThePaneArrivesOnceAndThePaneShowsTheAnswer() throws Exception {
        try (var given = new BridgeUnderTest().start().withConversation()) {
            given.say("say welcome");
            given.eventsUntilTurns(1);
            await("the pane shows the answer")
                    .atMost(BridgeUnderTest.PATIENCE)
                    .until(() ->
                            given.tmux("capture-pane", "-p", "-t", "conv-c1:").contains("Script welcome"));
            given.tmux("send-keys", "-t", "conv-c1:", "C-c", "");
            given.tmux("send-keys", "-t", "conv-c1:", "-l", "say typed");
            given.kill9(); // typed while no bridge was there
            given.tmux("send-keys", "-t", "conv-c1:", "Enter");
            given.start();
            List<JsonNode> events = given.eventsUntilTurns(2);
            assertThat(events.stream()
                            .filter(e -> e.path("by").asString("").equals("terminal"))
                            .map(e -> e.path("text").asString()))
                    .containsExactly("say typed");
            assertThat(given.agentHeard("say typed")).isEqualTo(1);
        }
    }

    private static void taken(BridgeUnderTest given, Command command) {
        assertThat(given.command(command)).isEqualTo(CommandResult.taken());
    }
}
