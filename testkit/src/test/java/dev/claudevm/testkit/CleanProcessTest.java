package dev.claudevm.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class CleanProcessTest {

    private static final Duration SOON = Duration.ofSeconds(10);

    @Test
    void theEnvironmentIsOnlyWhatTheTestSays() {
        try (CleanProcess process = CleanProcess.of("env").env("ADDED", "yes").start()) {
            assertThat(process.awaitExit(SOON)).isZero();
            assertThat(process.out().stream().map(line -> line.substring(0, line.indexOf('='))))
                    .containsExactlyInAnyOrder("PATH", "HOME", "LANG", "ADDED");
            assertThat(process.out()).doesNotContain("HOME=" + System.getenv("HOME"));
        }
    }

    @Test
    void linesOfBothStreamsAreAwaited() {
        try (CleanProcess process = CleanProcess.of("sh", "-c", "read x; echo got $x; echo bad >&2; sleep 60")
                .start()) {
            process.say("hello");
            assertThat(process.awaitLine("^got ", SOON)).isEqualTo("got hello");
            assertThat(process.awaitLine("bad", SOON)).isEqualTo("bad");
        }
    }

    @Test
    void aMissingLineIsExplainedWithTheLog() {
        try (CleanProcess process =
                CleanProcess.of("sh", "-c", "echo something else; exit 3").start()) {
            assertThatThrownBy(() -> process.awaitLine("wanted", SOON))
                    .hasMessageContaining("before the process ended")
                    .hasMessageContaining("something else")
                    .hasMessageContaining("exit code 3");
        }
    }

    @Test
    void closingKillsTheChildrenToo() {
        long child;
        try (CleanProcess process =
                CleanProcess.of("sh", "-c", "sleep 300 & echo child $!; wait").start()) {
            child = Long.parseLong(process.awaitLine("^child \\d+", SOON).substring(6));
            assertThat(ProcessHandle.of(child)).isPresent();
        }
        await("the child is dead")
                .until(() -> ProcessHandle.of(child).map(ProcessHandle::isAlive).orElse(false), alive -> !alive);
    }

    @Test
    void kill9EndsItWithSignal9() {
        try (CleanProcess process = CleanProcess.of("sleep", "300").start()) {
            process.kill9();
            assertThat(process.awaitExit(SOON)).isEqualTo(137);
        }
    }
}
