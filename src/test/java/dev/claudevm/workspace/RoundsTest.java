package dev.claudevm.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RoundsTest {

    private static final Duration SOON = Duration.ofMillis(1);
    private static final Duration LONG = Duration.ofSeconds(10);

    @Test
    void aWorkspaceThatCannotBeLookedAfterDoesNotKeepTheOthersFromIt() {
        List<String> seen = new ArrayList<>();
        Rounds.each(List.of("calm-sea-1", "bold-fire-2", "mint-owl-3"), WorkspaceId::new, id -> {
            seen.add(id);
            if (id.startsWith("bold")) {
                throw new IllegalStateException("it cannot");
            }
        });
        assertThat(seen).containsExactly("calm-sea-1", "bold-fire-2", "mint-owl-3");
    }

    @Test
    void aRoundThatFailsIsFollowedByTheNext() {
        var rounds = new AtomicInteger();
        Rounds failing = Rounds.begin("test", Duration.ZERO, SOON, () -> {
            rounds.incrementAndGet();
            throw new IllegalStateException("it cannot");
        });
        await().atMost(LONG).until(() -> rounds.get() > 2);
        failing.end(LONG);
    }

    @Test
    void itsEndWaitsForTheRoundThatIsOnAndIsTheLast() throws Exception {
        var begun = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var interrupted = new AtomicBoolean();
        var rounds = new AtomicInteger();
        Rounds slow = Rounds.begin("test", Duration.ZERO, SOON, () -> {
            begun.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                interrupted.set(true);
            }
            rounds.incrementAndGet();
        });
        begun.await();
        slow.end(Duration.ZERO);
        assertThat(rounds).hasValue(0);
        goOn.countDown();
        slow.end(LONG);
        assertThat(rounds).hasValue(1);
        assertThat(interrupted).isFalse();
    }
}
