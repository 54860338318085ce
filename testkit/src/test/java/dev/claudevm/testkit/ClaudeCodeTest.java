package dev.claudevm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The stand-in model is good enough for the real program. */
final class ClaudeCodeTest {

    @Test
    void theRealClaudeCodeWorksThroughAScript() {
        try (StandInModel model = StandInModel.start();
                CleanProcess claude = CleanProcess.of(
                                ClaudeCode.binary().toString(),
                                "-p",
                                "think hm ;; bash echo $((40 + 2)) ;; say all done")
                        .env(ClaudeCode.environment(model, "key"))
                        .start()) {
            claude.closeInput();
            assertThat(claude.awaitExit(Duration.ofSeconds(60)))
                    .as(claude.log())
                    .isZero();
            assertThat(claude.out()).contains("all done");
            assertThat(model.mainRequests()).hasSize(2);
            assertThat(model.mainRequests().get(1).body().orElseThrow().toString())
                    .contains("\"42\"");
        }
    }
}
