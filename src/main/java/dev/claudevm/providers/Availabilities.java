package dev.claudevm.providers;

import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks providers whether workspaces can be had, each at most every few seconds and in a thread of its own, so that a machine that is silent holds up nobody else. */
final class Availabilities {

    private static final long ASK_AGAIN_NANOS = Duration.ofSeconds(3).toNanos();

    private final Map<String, Asked> asked = new ConcurrentHashMap<>();

    private record Asked(Provider provider, CompletableFuture<Providers.Availability> answer, long atNanos) {

        boolean holds(Provider of) {
            return provider.equals(of) && (!answer.isDone() || System.nanoTime() - atNanos < ASK_AGAIN_NANOS);
        }
    }

    /** Begins to ask, unless that was done a moment ago. */
    CompletableFuture<Providers.Availability> ask(String name, Provider provider) {
        return asked.compute(
                        name,
                        (key, before) -> before != null && before.holds(provider) ? before : begin(name, provider))
                .answer();
    }

    private static Asked begin(String name, Provider provider) {
        CompletableFuture<Providers.Availability> answer = new CompletableFuture<>();
        Thread.ofVirtual().name("check-" + name).start(() -> {
            try {
                provider.check();
                answer.complete(Providers.Availability.YES);
            } catch (ProviderException e) {
                answer.complete(new Providers.Availability(false, e.getMessage(), e.todo()));
            } catch (RuntimeException e) {
                answer.complete(new Providers.Availability(
                        false,
                        "Provider \"" + name + "\" could not be asked: " + e.getMessage(),
                        "The server's log may have more."));
            }
        });
        return new Asked(provider, answer, System.nanoTime());
    }

    static Providers.Availability await(
            CompletableFuture<Providers.Availability> answer, String name, Duration patience) {
        try {
            return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return new Providers.Availability(
                    false,
                    "Provider \"" + name + "\" has not answered within " + patience.toSeconds() + " s.",
                    "Try again in a moment.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Providers.Availability(false, "Interrupted.", "Try again.");
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
