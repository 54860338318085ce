package dev.claudevm.agents.claude;

import static java.util.Map.entry;

import dev.claudevm.agents.Adapter.Launch;
import dev.claudevm.agents.AgentSession;
import dev.claudevm.agents.Fact;
import dev.claudevm.protocol.EventBody.Decision;
import dev.claudevm.testkit.ClaudeCode;
import dev.claudevm.testkit.StandInModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiConsumer;

/**
 * Records what the real Claude Code says into {@code src/test/resources/claude/<case>/}: {@code in.ndjson} what it was
 * told, {@code raw.ndjson} what it said, {@code facts.txt} what that means. Run it when the pin changes, and read the
 * difference in {@code facts.txt} before it is committed:
 *
 * <pre>build/record-claude [case …]</pre>
 */
public final class RecordClaude {

    private static final Map<String, BiConsumer<AgentSession, StandInModel>> CASES = new TreeMap<>(Map.ofEntries(
            entry("text", (agent, model) -> {
                agent.say("think hmm ;; say Good morning, here is a longer text 🙂 that comes in several pieces.");
                agent.next(Fact.TurnEnded.class);
            }),
            entry("tools", (agent, model) -> {
                agent.mode("acceptEdits");
                agent.say("bash seq 1 5 ;; bash false ;; write a.txt ::: one\\ntwo\\n ;; edit a.txt ::: two ::: three"
                        + " ;; read a.txt ;; read missing.txt ;; tool Unknown {} ;; say done");
                agent.next(Fact.TurnEnded.class);
            }),
            entry("two-approvals", (agent, model) -> {
                agent.say("bash2 sort /etc/shells ||| sort -r /etc/shells ;; say done");
                Fact.ApprovalAsked first = agent.next(Fact.ApprovalAsked.class);
                agent.decide(agent.next(Fact.ApprovalAsked.class), Decision.DENY);
                agent.decide(first, Decision.ALLOW);
                agent.next(Fact.TurnEnded.class);
            }),
            entry("always", (agent, model) -> {
                agent.say("bash touch a.txt ;; bash touch a.txt ;; say done");
                agent.decide(agent.next(Fact.ApprovalAsked.class), Decision.ALWAYS);
                agent.next(Fact.TurnEnded.class);
            }),
            entry("question-and-list", (agent, model) -> {
                agent.say("ask Which colour? | Red | Blue ;; todo one|two ;; say done");
                agent.answer(agent.next(Fact.QuestionAsked.class), Map.of("Which colour?", "Blue"));
                agent.next(Fact.TurnEnded.class);
            }),
            entry("plan", (agent, model) -> {
                agent.mode("plan");
                agent.next(Fact.ModeIs.class, mode -> mode.mode().equals("plan"));
                agent.say("plan # Plan\\nFirst this ;; say done");
                agent.decide(agent.next(Fact.ApprovalAsked.class), Decision.ALLOW);
                agent.next(Fact.TurnEnded.class);
            }),
            entry("interrupt", (agent, model) -> {
                agent.say("slow 5000 10");
                agent.next(Fact.Partial.class, partial -> partial.offset() > 20);
                agent.interrupt();
                agent.next(Fact.TurnEnded.class);
                agent.say("bash touch x ;; say never");
                agent.next(Fact.ApprovalAsked.class);
                agent.interrupt();
                agent.next(Fact.TurnEnded.class);
            }),
            entry("said-now", (agent, model) -> {
                agent.say("bash sleep 2 ;; say done");
                agent.next(Fact.ToolStarted.class);
                agent.say("please be quick", true);
                agent.next(Fact.TurnEnded.class);
            }),
            entry("model-fails", (agent, model) -> {
                agent.say("error 529 2 ;; say fine");
                agent.next(Fact.TurnEnded.class);
                agent.say("error 400 1");
                agent.next(Fact.TurnEnded.class);
                model.requireKey("another");
                agent.say("say hello");
                agent.next(Fact.Failed.class);
                agent.interrupt();
                agent.next(Fact.TurnEnded.class);
            }),
            entry("background", (agent, model) -> {
                agent.say("tool Bash {\"command\":\"sleep 1\",\"run_in_background\":true,\"description\":\"nap\"}"
                        + " ;; say on");
                agent.next(Fact.TurnBegan.class);
                agent.next(Fact.TurnEnded.class);
            }),
            entry("subagent", (agent, model) -> {
                agent.say("tool Agent {\"description\":\"look around\",\"prompt\":\"bash ls\","
                        + "\"subagent_type\":\"general-purpose\",\"run_in_background\":false} ;; say done");
                agent.next(Fact.TurnEnded.class);
            }),
            entry("slash-commands", (agent, model) -> {
                agent.say("remember the blue door");
                agent.next(Fact.TurnEnded.class);
                agent.say("/context");
                agent.next(Fact.TurnEnded.class);
                agent.say("/compact");
                agent.next(Fact.TurnEnded.class);
            })));

    private RecordClaude() {}

    /** @param arguments names of cases; without them all */
    public static void main(String[] arguments) throws IOException {
        Path cases = ClaudeCode.repository().resolve("workspace-bridge/agents/src/test/resources/claude");
        for (var each : CASES.entrySet()) {
            if (arguments.length == 0 || List.of(arguments).contains(each.getKey())) {
                record(cases.resolve(each.getKey()), each.getValue());
            }
        }
        System.exit(0);
    }

    private static void record(Path folder, BiConsumer<AgentSession, StandInModel> scenario) throws IOException {
        Path home = Files.createTempDirectory("record-home");
        Path project = Files.createTempDirectory("record-project");
        Launch launch = new Launch(UUID.randomUUID().toString(), false, null, project.toString());
        try (StandInModel model = StandInModel.start();
                AgentSession agent = new AgentSession(
                        new ClaudeAdapter(),
                        List.of(ClaudeCode.binary().toString()),
                        ClaudeCode.environment(model, "key"),
                        home,
                        launch)) {
            scenario.accept(agent, model);
            List<String> raw = scrubbed(agent.lines(), home, project);
            Files.createDirectories(folder);
            Files.write(folder.resolve("in.ndjson"), scrubbed(agent.told(), home, project));
            Files.write(folder.resolve("raw.ndjson"), raw);
            Files.write(folder.resolve("facts.txt"), Folding.written(raw));
            System.out.println("Recorded " + folder.getFileName() + ": " + raw.size() + " lines");
        }
    }

    /** Nothing of the machine that recorded stays in a line. */
    private static List<String> scrubbed(List<String> lines, Path home, Path project) {
        return lines.stream()
                .map(line -> line.replace(project.toString(), Folding.FOLDER)
                        .replace(project.toString().replace('/', '-'), Folding.FOLDER.replace('/', '-'))
                        .replace(home.toString(), "/home/dev")
                        .replaceAll("/tmp/claude-\\d+/", "/tmp/claude/")
                        .replaceAll("\"pid\":\\d+", "\"pid\":1"))
                .toList();
    }
}
