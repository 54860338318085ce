package dev.claudevm.agents.claude;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.agents.Adapter.Launch;
import dev.claudevm.agents.AgentContract;
import dev.claudevm.agents.AgentSession;
import dev.claudevm.agents.Fact;
import dev.claudevm.protocol.EventBody.Attachment;
import dev.claudevm.protocol.EventBody.Outcome;
import dev.claudevm.protocol.EventBody.Usage;
import dev.claudevm.testkit.ClaudeCode;
import dev.claudevm.testkit.StandInModel;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The real Claude Code, with a stand-in for its model. */
final class ClaudeCodeContractTest extends AgentContract {

    private static final String KEY = "the-right-key";
    private static final String PIXEL =
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    private final StandInModel model = StandInModel.start();

    @AfterEach
    void stop() {
        model.close();
    }

    @Override
    protected AgentSession start(Launch launch) {
        return new AgentSession(
                new ClaudeAdapter(),
                List.of(ClaudeCode.binary().toString()),
                ClaudeCode.environment(model, KEY),
                home,
                launch);
    }

    @Test
    void aWrongKeyIsSaidAtOnceWithWhatToDo() {
        model.requireKey("another key");
        try (AgentSession agent = start()) {
            agent.say("say hello");
            Fact.Failed failed = agent.next(Fact.Failed.class);
            assertThat(failed.what()).contains("key");
            assertThat(failed.todo()).contains("Settings");
            agent.interrupt();
            agent.next(Fact.TurnEnded.class);
            assertThat(agent.facts(Fact.Failed.class)).hasSize(1);
        }
    }

    @Test
    void anAccountWithoutCreditFailsTheTurn() {
        try (AgentSession agent = start()) {
            agent.say("error 400 1");
            assertThat(agent.next(Fact.Failed.class).what()).contains("credit");
            assertThat(agent.next(Fact.TurnEnded.class).outcome()).isEqualTo(Outcome.FAILED);
        }
    }

    @Test
    void costIsOfTheTurnAlone() {
        try (AgentSession agent = start()) {
            agent.say("say one");
            agent.next(Fact.TurnEnded.class);
            agent.say("say two");
            agent.next(Fact.TurnEnded.class);
            List<Usage> usages = agent.facts(Fact.TurnEnded.class).stream()
                    .map(ended -> requireNonNull(ended.usage()))
                    .toList();
            assertThat(usages.getLast().costUsd())
                    .isPositive()
                    .isLessThan(1.5 * requireNonNull(usages.getFirst().costUsd()));
            assertThat(usages.getLast().contextTokens()).isPositive();
            assertThat(usages.getLast().contextWindow()).isPositive();
        }
    }

    @Test
    void aPictureReachesTheModel() {
        try (AgentSession agent = start()) {
            agent.say("say seen", false, new Attachment("pixel.png", "image/png", PIXEL));
            agent.next(Fact.TurnEnded.class);
            assertThat(model.mainRequests().getFirst().body().orElseThrow().toString())
                    .contains("\"type\":\"image\"");
        }
    }

    @Test
    void aTaskInTheBackgroundBeginsATurnOfItsOwn() {
        try (AgentSession agent = start()) {
            agent.say(
                    "tool Bash {\"command\":\"sleep 1\",\"run_in_background\":true,\"description\":\"nap\"} ;; say on");
            agent.next(Fact.TurnEnded.class);
            agent.next(Fact.Noticed.class, noticed -> noticed.text().contains("nap"));
            agent.next(Fact.TurnBegan.class);
            assertThat(agent.next(Fact.TurnEnded.class).outcome()).isEqualTo(Outcome.DONE);
        }
    }

    @Test
    void whatASubagentDoesBelongsToItsCall() {
        try (AgentSession agent = start()) {
            agent.say("tool Agent {\"description\":\"look around\",\"prompt\":\"bash ls\","
                    + "\"subagent_type\":\"general-purpose\",\"run_in_background\":false} ;; say done");
            agent.next(Fact.TurnEnded.class);
            List<Fact.ToolStarted> tools = agent.facts(Fact.ToolStarted.class);
            assertThat(tools).extracting(Fact.ToolStarted::title).containsExactly("look around", "ls");
            assertThat(tools.get(1).parentToolId()).isEqualTo(tools.getFirst().toolId());
            assertThat(agent.facts(Fact.ToolFinished.class)).hasSize(2).allMatch(Fact.ToolFinished::ok);
        }
    }
}
