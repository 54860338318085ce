package dev.claudevm.agents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.agents.Adapter.Launch;
import dev.claudevm.protocol.EventBody.ApprovalOption;
import dev.claudevm.protocol.EventBody.Decision;
import dev.claudevm.protocol.EventBody.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What any agent must do that is driven by an adapter. The agents under test act by scripts in the messages. */
public abstract class AgentContract {

    @TempDir
    protected Path home;

    @TempDir
    protected Path project;

    protected final String sessionId = UUID.randomUUID().toString();

    protected abstract AgentSession start(Launch launch);

    /** Waits for the end of a turn; an agent that asks something in it gets its answers. */
    protected void letRest(AgentSession agent) {
        agent.next(Fact.TurnEnded.class);
    }

    protected final AgentSession start() {
        return start(launch(false, null));
    }

    protected final Launch launch(boolean resume, @Nullable String mode) {
        return new Launch(sessionId, resume, mode, project.toString());
    }

    @Test
    void aTextComesInPiecesAndOnceAsAWhole() {
        try (AgentSession agent = start()) {
            assertThat(agent.next(Fact.Ready.class).version()).isNotBlank();
            String id = agent.say("think let me see ;; slow 20 1");
            assertThat(agent.next(Fact.MessageTaken.class).messageId()).isEqualTo(id);
            assertThat(agent.next(Fact.TurnEnded.class).outcome()).isEqualTo(Outcome.DONE);
            assertThat(agent.facts(Fact.Thought.class)).hasSize(1);
            List<Fact.TextSaid> texts = agent.facts(Fact.TextSaid.class);
            assertThat(texts).hasSize(1);
            StringBuilder pieces = new StringBuilder();
            for (Fact.Partial partial : agent.facts(Fact.Partial.class)) {
                if (partial.kind().equals("text")) {
                    assertThat(partial.messageId()).isEqualTo(texts.getFirst().messageId());
                    assertThat(partial.offset()).isEqualTo(pieces.length());
                    pieces.append(partial.text());
                }
            }
            assertThat(texts.getFirst().markdown().strip())
                    .isEqualTo(pieces.toString().strip())
                    .endsWith("t0020");
            assertThat(agent.facts(Fact.MessageTaken.class)).hasSize(1);
        }
    }

    @Test
    void twoApprovalsAreOpenAtOnceAndEachIsAnsweredByItself() throws IOException {
        // Claude asks for several at once only when they could run at once: reading outside of the project.
        Path one = Files.writeString(home.resolve("one.txt"), "1");
        Path two = Files.writeString(home.resolve("two.txt"), "2");
        try (AgentSession agent = start()) {
            agent.say("bash2 sort " + one + " ||| sort " + two + " ;; say done");
            Fact.ApprovalAsked first = agent.next(Fact.ApprovalAsked.class);
            Fact.ApprovalAsked second = agent.next(Fact.ApprovalAsked.class);
            assertThat(second.requestId()).isNotEqualTo(first.requestId());
            agent.decide(second, Decision.DENY);
            agent.decide(first, Decision.ALLOW);
            assertThat(agent.next(Fact.TurnEnded.class).outcome()).isEqualTo(Outcome.DONE);
            assertThat(finished(agent, first).ok()).isTrue();
            assertThat(finished(agent, second).ok()).isFalse();
            assertThat(finished(agent, second).output()).contains("No, ");
            assertThat(agent.text()).contains("done");
        }
    }

    @Test
    void alwaysIsNotAskedAgain() {
        try (AgentSession agent = start()) {
            agent.say("bash touch made.txt ;; bash touch made.txt ;; say done");
            Fact.ApprovalAsked asked = agent.next(Fact.ApprovalAsked.class);
            assertThat(asked.options()).extracting(ApprovalOption::id).containsExactly("allow", "always", "deny");
            assertThat(asked.options().get(1).detail()).contains("Bash(touch made.txt");
            agent.decide(asked, Decision.ALWAYS);
            assertThat(agent.next(Fact.TurnEnded.class).outcome()).isEqualTo(Outcome.DONE);
            assertThat(agent.facts(Fact.ApprovalAsked.class)).hasSize(1);
            assertThat(agent.facts(Fact.ToolFinished.class)).hasSize(2).allMatch(Fact.ToolFinished::ok);
            assertThat(project.resolve("made.txt")).exists();
        }
    }

    @Test
    void changesOfFilesComeAsDiffs() {
        try (AgentSession agent = start(launch(false, "acceptEdits"))) {
            agent.say("write a.txt ::: one\\ntwo\\n ;; edit a.txt ::: two ::: three ;; say done");
            agent.next(Fact.TurnEnded.class);
            List<Fact.ToolFinished> tools = agent.facts(Fact.ToolFinished.class);
            assertThat(tools).extracting(Fact.ToolFinished::summary).containsExactly("+2 −0", "+1 −1");
            assertThat(tools.getLast().diffs().getFirst().path()).isEqualTo("a.txt");
            assertThat(tools.getLast().diffs().getFirst().unified()).contains("-two", "+three");
            assertThat(agent.facts(Fact.ApprovalAsked.class)).isEmpty();
        }
    }

    @Test
    void aQuestionIsAnswered() {
        try (AgentSession agent = start()) {
            agent.say("ask Which colour? | Red | Blue ;; say done");
            Fact.QuestionAsked asked = agent.next(Fact.QuestionAsked.class);
            assertThat(asked.questions().getFirst().options()).hasSize(2);
            agent.answer(asked, Map.of("Which colour?", "Blue"));
            agent.next(Fact.TurnEnded.class);
            assertThat(agent.facts(Fact.ToolFinished.class).getFirst().output()).contains("Blue");
        }
    }

    @Test
    void aPlanIsApprovedAndTheModeChanges() {
        try (AgentSession agent = start(launch(false, "plan"))) {
            agent.say("plan First this\\nthen that ;; say done");
            Fact.ApprovalAsked asked = agent.next(Fact.ApprovalAsked.class);
            assertThat(asked.tool()).isEqualTo("ExitPlanMode");
            assertThat(asked.input().path("plan").asString()).isEqualTo("First this\nthen that");
            assertThat(asked.options()).extracting(ApprovalOption::id).containsExactly("allow", "deny");
            agent.decide(asked, Decision.ALLOW);
            agent.next(Fact.TurnEnded.class);
            assertThat(agent.facts(Fact.ModeIs.class))
                    .extracting(Fact.ModeIs::mode)
                    .containsExactly("plan", "default");
        }
    }

    @Test
    void theModeCanBeChanged() {
        try (AgentSession agent = start()) {
            assertThat(agent.next(Fact.ModeIs.class).mode()).isEqualTo("default");
            agent.mode("acceptEdits");
            assertThat(agent.next(Fact.ModeIs.class).mode()).isEqualTo("acceptEdits");
            agent.say("write b.txt ::: x ;; say done");
            agent.next(Fact.TurnEnded.class);
            assertThat(agent.facts(Fact.ApprovalAsked.class)).isEmpty();
        }
    }

    @Test
    void theListOfThingsToDoIsShown() {
        try (AgentSession agent = start()) {
            agent.say("todo one|two ;; say done");
            assertThat(agent.next(Fact.PlanIs.class).entries())
                    .extracting(entry -> entry.content() + " " + entry.status())
                    .containsExactly("one in_progress", "two pending");
            agent.next(Fact.TurnEnded.class);
            assertThat(agent.facts(Fact.ToolStarted.class)).isEmpty();
        }
    }

    @Test
    void anInterruptedTurnKeepsWhatWasSaidAndTheNextOneWorks() {
        try (AgentSession agent = start()) {
            agent.say("slow 5000 10");
            agent.next(Fact.Partial.class, partial -> partial.offset() > 20);
            agent.interrupt();
            assertThat(agent.next(Fact.TurnEnded.class).outcome()).isEqualTo(Outcome.INTERRUPTED);
            assertThat(agent.text()).contains("t0002");
            agent.say("say next");
            assertThat(agent.next(Fact.TurnEnded.class).outcome()).isEqualTo(Outcome.DONE);
            assertThat(agent.text()).contains("next");
        }
    }

    @Test
    void anInterruptTakesAwayWhatIsAsked() {
        try (AgentSession agent = start()) {
            agent.say("bash touch x.txt ;; say done");
            Fact.ApprovalAsked asked = agent.next(Fact.ApprovalAsked.class);
            agent.interrupt();
            assertThat(agent.next(Fact.RequestWithdrawn.class).requestId()).isEqualTo(asked.requestId());
            assertThat(agent.next(Fact.TurnEnded.class).outcome()).isEqualTo(Outcome.INTERRUPTED);
            assertThat(finished(agent, asked).ok()).isFalse();
            assertThat(project.resolve("x.txt")).doesNotExist();
        }
    }

    @Test
    void whatIsSaidNowReachesTheRunningTurn() {
        try (AgentSession agent = start()) {
            agent.say("bash sleep 2 ;; say done");
            agent.next(Fact.ToolStarted.class);
            String now = agent.say("please mind the gap", true);
            assertThat(agent.next(Fact.MessageTaken.class).messageId()).isEqualTo(now);
            assertThat(agent.next(Fact.TurnEnded.class).outcome()).isEqualTo(Outcome.DONE);
            assertThat(agent.text()).contains("please mind the gap");
            assertThat(agent.facts(Fact.TurnBegan.class)).isEmpty();
            assertThat(agent.facts(Fact.TurnEnded.class)).hasSize(1);
        }
    }

    @Test
    void memorySurvivesKill9InTheMiddleOfATurn() {
        try (AgentSession agent = start()) {
            agent.say("remember the blue door");
            letRest(agent);
            agent.say("slow 5000 10");
            agent.next(Fact.Partial.class, partial -> partial.text().startsWith("t00"));
            agent.kill9();
        }
        try (AgentSession agent = start(launch(true, null))) {
            agent.say("what do you know?");
            agent.next(Fact.TurnEnded.class);
            assertThat(agent.text()).contains("the first was: \"remember the blue door\"");
        }
    }

    @Test
    void attemptsAreShownWhenTheModelFails() {
        try (AgentSession agent = start()) {
            agent.say("error 529 2 ;; say fine");
            Fact.Retrying retrying = agent.next(Fact.Retrying.class);
            assertThat(retrying.attempt()).isEqualTo(1);
            assertThat(retrying.why()).contains("529");
            assertThat(agent.next(Fact.TurnEnded.class).outcome()).isEqualTo(Outcome.DONE);
            assertThat(agent.facts(Fact.Retrying.class)).hasSize(2);
            assertThat(agent.text()).contains("fine");
        }
    }

    private static Fact.ToolFinished finished(AgentSession agent, Fact.ApprovalAsked asked) {
        return agent.facts(Fact.ToolFinished.class).stream()
                .filter(tool -> tool.toolId().equals(asked.toolId()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("No result for " + asked));
    }
}
