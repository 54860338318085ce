package dev.claudevm.agents.claude;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.agents.Adapter.Step;
import dev.claudevm.agents.AgentState;
import dev.claudevm.agents.Fact;
import dev.claudevm.testkit.ClaudeCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Lines of the real Claude Code (see {@link RecordClaude}) and what they must mean. */
final class RecordedLinesTest {

    static Stream<Path> cases() throws IOException {
        Path folder = ClaudeCode.repository().resolve("workspace-bridge/agents/src/test/resources/claude");
        List<Path> cases;
        try (Stream<Path> all = Files.list(folder)) {
            cases = all.sorted().toList();
        }
        assertThat(cases).hasSizeGreaterThan(10);
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theFactsAreAsRecorded(Path folder) throws IOException {
        assertThat(Folding.written(raw(folder))).isEqualTo(Files.readAllLines(folder.resolve("facts.txt")));
    }

    /** After a crash the bridge folds the lines up to any point again and goes on from there. */
    @ParameterizedTest
    @MethodSource("cases")
    void foldingAgainUpToAnyPointGivesTheSame(Path folder) throws IOException {
        List<String> lines = raw(folder);
        List<Fact> whole = Folding.facts(lines);
        List<AgentState> states = new ArrayList<>(List.of(Folding.begin()));
        List<Integer> counts = new ArrayList<>(List.of(0));
        for (String line : lines) {
            Step step = new ClaudeAdapter().on(states.getLast(), line);
            states.add(step.state());
            counts.add(counts.getLast() + step.facts().size());
        }
        int stride = Math.max(1, lines.size() / 40);
        for (int split = 0; split <= lines.size(); split += stride) {
            AgentState state = Folding.fold(Folding.begin(), lines.subList(0, split), new ArrayList<>());
            List<Fact> rest = new ArrayList<>();
            Folding.fold(state, lines.subList(split, lines.size()), rest);
            assertThat(rest).isEqualTo(whole.subList(counts.get(split), whole.size()));
            List<Fact> fromOld = new ArrayList<>();
            Folding.fold(states.get(split), lines.subList(split, lines.size()), fromOld);
            assertThat(fromOld).isEqualTo(rest);
        }
    }

    /** Cut, garbled and unknown lines between the real ones change nothing and never throw. */
    @ParameterizedTest
    @MethodSource("cases")
    void brokenLinesSayNothing(Path folder) throws IOException {
        List<String> lines = raw(folder);
        Random random = new Random(7);
        List<String> noise = List.of(
                "",
                "null",
                "[]",
                "42",
                "{",
                "Warning: something",
                "\uFFFD\uFFFD{\"type\":\uFFFD",
                "{\"type\":\"new_in_a_later_version\",\"x\":{}}",
                "{\"type\":[1]}",
                "{\"type\":\"system\",\"subtype\":\"unknown\"}",
                "{\"type\":\"assistant\",\"message\":7}",
                "{\"type\":\"stream_event\",\"event\":{\"type\":\"content_block_delta\",\"delta\":null}}",
                "{\"type\":\"control_request\",\"request_id\":9,\"request\":\"x\"}",
                "[".repeat(5_000));
        List<String> noisy = new ArrayList<>();
        for (String line : lines) {
            noisy.add(noise.get(random.nextInt(noise.size())));
            noisy.add(line.substring(0, line.length() / 2));
            noisy.add(line);
        }
        assertThat(Folding.facts(noisy)).isEqualTo(Folding.facts(lines));
    }

    private static List<String> raw(Path folder) throws IOException {
        return Files.readAllLines(folder.resolve("raw.ndjson"));
    }
}
