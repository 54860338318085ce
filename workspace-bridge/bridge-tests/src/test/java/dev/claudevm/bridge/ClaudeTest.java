package dev.claudevm.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.protocol.Bridge.AgentSpec;
import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.CommandResult;
import dev.claudevm.protocol.EventBody.Decision;
import dev.claudevm.testkit.ClaudeCode;
import dev.claudevm.testkit.StandInModel;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The real Claude Code, in tmux, against a stand-in for its model. */
class ClaudeTest {

    @Test
    void aTurnWithTwoApprovalsThroughDeadBridgesThenADeadAgentAndItsMemory() throws Exception {
        try (StandInModel model = StandInModel.start();
                var given = new BridgeUnderTest().start()) {
            given.agents(new AgentSpec(
                    "claude",
                    "Claude",
                    "claude-stream-json",
                    List.of(ClaudeCode.binary().toString()),
                    ClaudeCode.environment(model, "key")));
            given.conversation("claude");
            given.say("bash2 touch a.txt ||| touch b.txt ;; say both are there");
            // This agent asks for one after the other.
            for (String file : List.of("a.txt", "b.txt")) {
                JsonNode approval = approval(given, file);
                given.kill9();
                given.start();
                assertThat(given.command(new Command.AnswerApproval(
                                BridgeUnderTest.id(),
                                approval.path("approvalId").asString(),
                                Decision.ALLOW,
                                null,
                                "anna")))
                        .isEqualTo(CommandResult.taken());
            }
            List<JsonNode> events = given.eventsUntilTurns(1);
            assertThat(events.getLast().path("outcome").asString()).isEqualTo("done");
            assertThat(given.project.resolve("a.txt")).exists();
            assertThat(given.project.resolve("b.txt")).exists();

            given.say("slow 2000 20");
            given.eventsUntil(
                    "the second turn", e -> e.path("turnId").asString("").equals("t2"));
            given.killAgent();
            given.eventsUntil("paused", e -> e.path("type").asString().equals("queue.paused"));
            given.say("say here again");
            events = given.eventsUntilTurns(3);
            assertThat(events.stream()
                            .filter(e -> e.path("type").asString().equals("text"))
                            .map(e -> e.path("markdown").asString()))
                    .contains("both are there", "here again");
            assertThat(model.mainRequests().getLast().said())
                    .as("the resumed session knows the first message")
                    .anyMatch(s -> s.contains("touch a.txt"));
        }
    }

    private static JsonNode approval(BridgeUnderTest given, String title) {
        return given.eventsUntil("an approval for " + title, e -> asks(e, title)).stream()
                .filter(e -> asks(e, title))
                .findFirst()
                .orElseThrow();
    }

    private static boolean asks(JsonNode event, String title) {
        return event.path("type").asString().equals("approval.opened")
                && event.path("title").asString().contains(title);
    }
}
