package dev.claudevm.agents.claude;

import dev.claudevm.agents.Adapter.Step;
import dev.claudevm.agents.Fact;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One line being read: the state as far as it is understood, and the facts so far. Lives for one line only. */
final class Reading {

    ClaudeState state;
    private final List<Fact> facts = new ArrayList<>();

    Reading(ClaudeState state) {
        this.state = state;
    }

    void say(Fact fact) {
        facts.add(fact);
    }

    Step step() {
        return new Step(state, List.copyOf(facts));
    }

    /** @return the text of a field; null when it is missing, no text or empty */
    static @Nullable String text(JsonNode node, String field) {
        String text = node.path(field).asString("");
        return text.isEmpty() ? null : text;
    }
}
