package dev.claudevm.bridge;

import dev.claudevm.agents.Adapter;
import dev.claudevm.agents.AgentState;
import dev.claudevm.agents.Fact;
import dev.claudevm.protocol.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the whole output of a tool in what an agent said. The journal has it only shortened. */
final class ToolOutput {

    private final Path runs;
    private final Adapter adapter;
    private final Adapter.Launch launch;

    ToolOutput(Path runs, Adapter adapter, Adapter.Launch launch) {
        this.runs = runs;
        this.adapter = adapter;
        this.launch = launch;
    }

    /** @return the output; empty when no tool of that id has finished */
    Optional<String> find(String toolId) throws IOException {
        if (!Files.isDirectory(runs)) {
            return Optional.empty();
        }
        List<Path> newestFirst;
        try (Stream<Path> all = Files.list(runs)) {
            newestFirst = all.sorted(Comparator.comparing(
                                    (Path p) -> Integer.parseInt(p.getFileName().toString()))
                            .reversed())
                    .toList();
        }
        for (Path run : newestFirst) {
            Optional<String> found = find(run, toolId);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private Optional<String> find(Path run, String toolId) throws IOException {
        AgentState state = adapter.begin(launch);
        int maxLine =
                (int) Math.min(Limits.AGENT_LINE_BYTES, Runtime.getRuntime().maxMemory() / 8);
        try (RawTail lines = new RawTail(run.resolve("raw.ndjson"), 0, maxLine)) {
            while (lines.more()) {
                for (RawTail.Line line : lines.read(Long.MAX_VALUE)) {
                    if (line.text() == null) {
                        continue;
                    }
                    Adapter.Step step = adapter.on(state, line.text());
                    state = step.state();
                    for (Fact fact : step.facts()) {
                        if (fact instanceof Fact.ToolFinished tool
                                && tool.toolId().equals(toolId)) {
                            return Optional.of(tool.output());
                        }
                    }
                }
            }
        }
        return Optional.empty();
    }
}
