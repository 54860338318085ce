package dev.claudevm.agents;

import static org.awaitility.Awaitility.await;

import dev.claudevm.agents.Adapter.Launch;
import dev.claudevm.protocol.EventBody.Attachment;
import dev.claudevm.protocol.EventBody.Decision;
import dev.claudevm.testkit.CleanProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.awaitility.core.ConditionTimeoutException;

/** A real agent's process with its adapter: what the bridge does, without tmux, journal and queue. */
public final class AgentSession implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Adapter adapter;
    private final CleanProcess process;
    private final List<String> told = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();
    private final List<Fact> facts = new ArrayList<>();
    private AgentState state;
    private int looked;

    /** @param environment without what the adapter adds */
    public AgentSession(
            Adapter adapter, List<String> command, Map<String, String> environment, Path home, Launch launch) {
        this.adapter = adapter;
        this.state = adapter.begin(launch);
        this.process = CleanProcess.of(adapter.commandLine(command, launch))
                .env(environment)
                .env(adapter.environment(launch))
                .home(home)
                .in(Path.of(launch.workingDirectory()))
                .start();
        tell(adapter.greeting());
    }

    /** @return the message's id */
    public String say(String text) {
        return say(text, false);
    }

    public String say(String text, boolean now, Attachment... attachments) {
        String id = UUID.randomUUID().toString();
        tell(adapter.say(id, text, List.of(attachments), now));
        return id;
    }

    public void decide(Fact.ApprovalAsked asked, Decision decision) {
        tell(adapter.answerApproval(state, asked.requestId(), decision, "No, " + asked.title()));
    }

    public void answer(Fact.QuestionAsked asked, Map<String, String> answers) {
        tell(adapter.answerQuestion(state, asked.requestId(), answers));
    }

    public void interrupt() {
        tell(adapter.interrupt(UUID.randomUUID().toString()));
    }

    public void mode(String mode) {
        tell(adapter.setMode(UUID.randomUUID().toString(), mode));
    }

    /** Waits for the next fact of a kind after the last one that was waited for; also one that is here already. */
    public <F extends Fact> F next(Class<F> kind) {
        return next(kind, fact -> true);
    }

    public <F extends Fact> F next(Class<F> kind, Predicate<F> wanted) {
        List<F> found = new ArrayList<>();
        try {
            await("a " + kind.getSimpleName())
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> {
                        fold();
                        while (looked < facts.size()) {
                            Fact fact = facts.get(looked++);
                            if (kind.isInstance(fact) && wanted.test(kind.cast(fact))) {
                                found.add(kind.cast(fact));
                                return true;
                            }
                        }
                        if (!process.alive()) {
                            throw new AssertionError("The agent ended. Facts: " + facts + "\n" + process.log());
                        }
                        return false;
                    });
        } catch (ConditionTimeoutException late) {
            throw new AssertionError(
                    "No " + kind.getSimpleName() + " in time. Facts: " + facts + "\n" + process.log(), late);
        }
        return found.getFirst();
    }

    /** @return all facts so far */
    public List<Fact> facts() {
        fold();
        return List.copyOf(facts);
    }

    public <F extends Fact> List<F> facts(Class<F> kind) {
        return facts().stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** @return everything the agent said in words, joined */
    public String text() {
        StringBuilder text = new StringBuilder();
        facts(Fact.TextSaid.class).forEach(said -> text.append(said.markdown()).append('\n'));
        return text.toString();
    }

    public AgentState state() {
        fold();
        return state;
    }

    /** @return what the agent was told and what it said, line by line */
    public List<String> told() {
        return List.copyOf(told);
    }

    public List<String> lines() {
        fold();
        return List.copyOf(lines);
    }

    public void kill9() {
        process.kill9();
    }

    @Override
    public void close() {
        process.close();
    }

    private void tell(List<String> said) {
        fold();
        told.addAll(said);
        said.forEach(process::say);
    }

    private void fold() {
        List<String> out = process.out();
        for (String line : out.subList(lines.size(), out.size())) {
            lines.add(line);
            Adapter.Step step = adapter.on(state, line);
            state = step.state();
            facts.addAll(step.facts());
        }
    }
}
