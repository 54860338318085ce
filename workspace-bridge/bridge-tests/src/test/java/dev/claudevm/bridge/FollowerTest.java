package dev.claudevm.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.protocol.EventBody;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

class FollowerTest {

    private static final int TIMES = 5_000;

    @TempDir
    Path folder;

    /** The conversation's thread makes the follower while the connection's thread asks for the first items. */
    @Test
    void aReaderThatAsksWhileItIsMadeIsHeard() throws Exception {
        try (Journal journal = Journal.open(folder.resolve("journal.ndjson"), Clock.systemUTC(), (_, _) -> {})) {
            journal.append(Commit.of(List.of(new EventBody.WorkspaceStarted(1))));
            for (int i = 0; i < TIMES; i++) {
                Follower follower = new Follower(journal, 0);
                follower.upTo(1);
                assertThat(first(follower)).as("the first event, time %s", i).isTrue();
            }
        }
    }

    private static boolean first(Follower follower) throws Exception {
        Sinks.One<Follower> made = Sinks.one();
        Flux<Follower.Item> items = made.asMono().flatMapMany(Follower::items);
        CountDownLatch got = new CountDownLatch(1);
        BaseSubscriber<Follower.Item> reader = new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {
                // Asks later, from the connection's thread.
            }

            @Override
            protected void hookOnNext(Follower.Item item) {
                got.countDown();
            }
        };
        items.subscribe(reader);
        CyclicBarrier together = new CyclicBarrier(2);
        Thread connection = Thread.ofPlatform().start(() -> {
            meet(together);
            reader.request(32);
        });
        meet(together);
        made.tryEmitValue(follower).orThrow();
        connection.join();
        boolean heard = got.await(20, TimeUnit.SECONDS);
        reader.cancel();
        return heard;
    }

    private static void meet(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (InterruptedException | java.util.concurrent.BrokenBarrierException e) {
            throw new AssertionError(e);
        }
    }
}
