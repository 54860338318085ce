package dev.claudevm.workspace;

import dev.claudevm.gateway.Gateway;
import dev.claudevm.gateway.PresenceChanged;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Waits for bridges to come and go. */
@Component
class Homecoming {

    private static final long LOOK_AGAIN_NANOS = Duration.ofMillis(500).toNanos();

    private final Gateway gateway;
    private final ApplicationEventPublisher events;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();

    Homecoming(Gateway gateway, ApplicationEventPublisher events) {
        this.gateway = gateway;
        this.events = events;
    }

    @EventListener
    void on(PresenceChanged change) {
        lock.lock();
        try {
            moved.signalAll();
        } finally {
            lock.unlock();
        }
        events.publishEvent(new WorkspaceChanged(new WorkspaceId(change.workspaceId())));
    }

    /**
     * @param givenUp asked now and then; true ends the waiting
     * @return whether the bridge of that generation is here (or nobody waits for it any more)
     */
    boolean await(WorkspaceId id, long generation, Duration limit, BooleanSupplier givenUp) {
        return await(
                limit,
                () -> givenUp.getAsBoolean()
                        || gateway.bridge(id.value())
                                .filter(bridge -> bridge.generation() == generation)
                                .isPresent());
    }

    /**
     * @param givenUp asked now and then; true ends the waiting
     * @return whether it is gone (or nobody waits for it any more)
     */
    boolean awaitDeparture(WorkspaceId id, Duration limit, BooleanSupplier givenUp) {
        return await(
                limit,
                () -> givenUp.getAsBoolean() || gateway.bridge(id.value()).isEmpty());
    }

    /** @return whether that came true in time; it is looked at when something comes or goes, and now and then */
    boolean await(Duration limit, BooleanSupplier condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        lock.lock();
        try {
            while (!condition.getAsBoolean()) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                boolean _ = moved.await(Math.min(left, LOOK_AGAIN_NANOS), TimeUnit.NANOSECONDS);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }
}
