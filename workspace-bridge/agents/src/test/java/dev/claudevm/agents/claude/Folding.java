package dev.claudevm.agents.claude;

import dev.claudevm.agents.Adapter.Launch;
import dev.claudevm.agents.Adapter.Step;
import dev.claudevm.agents.AgentState;
import dev.claudevm.agents.Fact;
import dev.claudevm.protocol.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Folds lines, and writes facts as lines that people can compare. */
final class Folding {

    static final String FOLDER = "/project";
    private static final Pattern VOLATILE = Pattern.compile(
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?:msg|toolu|req)_[0-9a-f]{24}");

    private Folding() {}

    static AgentState begin() {
        return new ClaudeAdapter().begin(new Launch("id", false, null, FOLDER));
    }

    static List<Fact> facts(List<String> lines) {
        List<Fact> facts = new ArrayList<>();
        fold(begin(), lines, facts);
        return facts;
    }

    /** @return the state after the lines; their facts are added to {@code facts} */
    static AgentState fold(AgentState state, List<String> lines, List<Fact> facts) {
        AgentState current = state;
        for (String line : lines) {
            Step step = new ClaudeAdapter().on(current, line);
            current = step.state();
            facts.addAll(step.facts());
        }
        return current;
    }

    /** Pieces of a text are written as their number: how a text was cut is of no interest. */
    static List<String> written(List<String> lines) {
        List<String> written = new ArrayList<>();
        int pieces = 0;
        for (Fact fact : facts(lines)) {
            if (fact instanceof Fact.Partial) {
                pieces++;
                continue;
            }
            if (pieces > 0) {
                written.add("Partial × " + pieces);
                pieces = 0;
            }
            written.add(line(fact));
        }
        return stable(written);
    }

    private static String line(Fact fact) {
        return fact.getClass().getSimpleName() + " " + Json.MAPPER.writeValueAsString(fact);
    }

    /** Ids get numbers in the order of their first appearance, so that two recordings can be compared. */
    private static List<String> stable(List<String> lines) {
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
