package dev.claudevm.agents.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.agents.Adapter.Launch;
import dev.claudevm.agents.AgentContract;
import dev.claudevm.agents.AgentSession;
import dev.claudevm.agents.Fact;
import dev.claudevm.agents.claude.ClaudeAdapter;
import dev.claudevm.protocol.EventBody.Decision;
import dev.claudevm.protocol.EventBody.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The demo agent keeps the same promises as the real one. */
final class DemoAgentContractTest extends AgentContract {

    @Override
    protected AgentSession start(Launch launch) {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                DemoAgent.class.getName());
        return new AgentSession(new ClaudeAdapter(), command, Map.of(), home, launch);
    }

    /** The first message of a person starts the tour, which asks twice. */
    @Override
    protected void letRest(AgentSession agent) {
        agent.decide(agent.next(Fact.ApprovalAsked.class), Decision.DENY);
        Fact.QuestionAsked asked = agent.next(Fact.QuestionAsked.class);
        agent.answer(asked, Map.of(asked.questions().getFirst().question(), "Go on"));
        agent.next(Fact.TurnEnded.class);
    }

    @Test
    void theFirstMessageStartsATourThatReallyLooksAtTheProject() throws IOException {
        Files.writeString(project.resolve("README.md"), "# Hello\n");
        try (AgentSession agent = start()) {
            agent.say("Please add a login page");
            Fact.ApprovalAsked asked = agent.next(Fact.ApprovalAsked.class);
            assertThat(asked.title()).isEqualTo("claude-vm-demo.md");
            agent.decide(asked, Decision.ALLOW);
            Fact.QuestionAsked question = agent.next(Fact.QuestionAsked.class);
            agent.answer(question, Map.of(question.questions().getFirst().question(), "Ask me"));
            assertThat(agent.next(Fact.TurnEnded.class).outcome()).isEqualTo(Outcome.DONE);
            assertThat(project.resolve("claude-vm-demo.md")).content().contains("> Please add a login page");
            assertThat(agent.text()).contains("demo agent", "no model, no key, no network");
            assertThat(agent.facts(Fact.ToolFinished.class))
                    .extracting(Fact.ToolFinished::output)
                    .anyMatch(output -> output.contains("README.md"))
                    .anyMatch(output -> output.contains("# Hello"));
        }
    }

    @Test
    void helpNamesEveryStep() {
        try (AgentSession agent = start()) {
            agent.say("help");
            agent.next(Fact.TurnEnded.class);
            assertThat(agent.text()).contains("bash2", "`slow N MS", "`ask QUESTION", "`hang`");
        }
    }

    @Test
    void messagesThatWaitAreTurnsOfTheirOwn() {
        try (AgentSession agent = start()) {
            agent.say("slow 20 10");
            agent.say("say second");
            agent.next(Fact.TurnEnded.class);
            agent.next(Fact.TurnEnded.class);
            assertThat(agent.text()).contains("t0020", "second");
        }
    }
}
