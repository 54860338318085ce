package dev.claudevm.agents.claude;

import dev.claudevm.agents.Adapter.Launch;
import dev.claudevm.agents.Adapter.Step;
import dev.claudevm.agents.AgentState;
import dev.claudevm.agents.Fact;
import dev.claudevm.protocol.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Folds lines, and writes facts as lines that people can compare. */
final class Folding {

    static final String FOLDER = "/project";
    private static final Pattern VOLATILE = Pattern.compile(
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?:msg|toolu|req)_[0-9a-f]{24}");

    private Folding() {}

    /** Prints the facts of a file, for those who look into one. */
    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[0]);
        facts(Files.readAllLines(file)).forEach(fact -> System.out.println(line(fact)));
    }

    static AgentState begin() {
        return new ClaudeAdapter().begin(new Launch("id", false, null, FOLDER));
    }

    static List<Fact> facts(List<String> lines) {
        AgentState state = begin();
        List<Fact> facts = new ArrayList<>();
        for (String line : lines) {
            Step step = new ClaudeAdapter().on(state, line);
            state = step.state();
            facts.addAll(step.facts());
        }
        return facts;
    }

    static String line(Fact fact) {
        return fact.getClass().getSimpleName() + " " + Json.MAPPER.writeValueAsString(fact);
    }

    /** Ids get numbers in the order of their first appearance, so that two recordings can be compared. */
    static List<String> stable(List<String> lines) {
        List<String> seen = new ArrayList<>();
        return lines.stream()
                .map(line -> VOLATILE.matcher(line).replaceAll(match -> {
                    if (!seen.contains(match.group())) {
                        seen.add(match.group());
                    }
                    return "id-" + (seen.indexOf(match.group()) + 1);
                }))
                .toList();
    }
}
