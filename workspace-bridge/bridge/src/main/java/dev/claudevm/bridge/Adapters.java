package dev.claudevm.bridge;

import dev.claudevm.agents.Adapter;
import dev.claudevm.agents.claude.ClaudeAdapter;
import java.util.List;

/** The agent protocols that this bridge speaks. */
final class Adapters {

    private Adapters() {}

    static List<Adapter> all() {
        return List.of(new ClaudeAdapter());
    }
}
