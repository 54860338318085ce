package dev.claudevm.store;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Tries the object store: a small object is put, read, listed and deleted. At the start, and whenever somebody wants to know. */
@Component
public class StoreCheck implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(StoreCheck.class);
    private static final String FOLDER = "check/";

    private final ObjectStore store;
    private final Clock clock;
    private final ReentrantLock one = new ReentrantLock();
    private volatile @Nullable Result last;
    private volatile @Nullable Consumer<Result> told;
    private volatile boolean running;

    StoreCheck(ObjectStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * @param place without secrets
     * @param error what is wrong; null: nothing
     * @param todo what to do about it
     */
    public record Result(
            String place,
            boolean ok,
            @Nullable String error,
            @Nullable String todo,
            Instant checkedAt) {}

    /** @return the newest result; the first call may have to wait for it */
    public Result last() {
        Result known = last;
        return known == null ? check() : known;
    }

    /** Tries it now. Blocks, at the worst for some minutes. */
    public Result check() {
        one.lock();
        try {
            Result result = attempt();
            last = result;
            return result;
        } finally {
            one.unlock();
        }
    }

    /** @param problem is told when the check at the start finds one, also when it has found it already */
    public void onProblem(Consumer<Result> problem) {
        told = problem;
        Result known = last;
        if (known != null && !known.ok()) {
            tell(known);
        }
    }

    private void tell(Result result) {
        Consumer<Result> listener = told;
        if (listener != null) {
            told = null;
            listener.accept(result);
        }
    }

    private Result attempt() {
        String key = FOLDER + "probe-" + UUID.randomUUID().toString().replace("-", "");
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        try {
            // First without a body: what is wrong with a request that has one is not always said.
            List<ObjectStore.Entry> _ = store.list(FOLDER);
            store.put(key, new ByteArrayInputStream(bytes), bytes.length);
            Optional<Long> found = store.head(key);
            boolean listed =
                    store.list(FOLDER).stream().anyMatch(entry -> entry.key().equals(key));
            store.delete(key);
            if (found.isEmpty() || found.get() != bytes.length || !listed) {
                return wrong(
                        "The object store " + store.place() + " does not give back what it was given.",
                        "Use another one; this one would lose snapshots.");
            }
            return new Result(store.place(), true, null, null, clock.instant());
        } catch (StoreException e) {
            return wrong(String.valueOf(e.getMessage()), e.todo());
        }
    }

    private Result wrong(String error, String todo) {
        return new Result(store.place(), false, error, todo, clock.instant());
    }

    /** Nobody waits for it: a store that is down must not keep people from their workspaces. */
    @Override
    public void start() {
        running = true;
        Thread.ofVirtual().name("store-check").start(() -> {
            Result result = check();
            if (!result.ok()) {
                log.warn("{} {}", result.error(), result.todo());
                tell(result);
            }
        });
    }

    @Override
    public void stop() {
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
