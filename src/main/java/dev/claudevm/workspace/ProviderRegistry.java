package dev.claudevm.workspace;

import dev.claudevm.problem.Problem;
import dev.claudevm.provider.Capabilities;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** The providers that this server has. */
@Service
public class ProviderRegistry {

    private static final String DEFAULT = "local";

    private static final long ASK_AGAIN_NANOS = Duration.ofSeconds(3).toNanos();

    private final Map<String, Provider> providers = new LinkedHashMap<>();
    private final Map<String, Asked> asked = new ConcurrentHashMap<>();

    ProviderRegistry(List<Provider> providers) {
        providers.stream()
                .sorted(Comparator.comparing((Provider p) -> !p.kind().equals(DEFAULT))
                        .thenComparing(Provider::kind))
                .forEach(p -> this.providers.put(p.kind(), p));
    }

    /** A provider as people see it. */
    public record Known(String id, String kind, Capabilities capabilities) {}

    /**
     * Whether workspaces can be had of a provider.
     *
     * @param reason why not
     * @param todo what to do about it
     */
    public record Availability(
            boolean available,
            @Nullable String reason,
            @Nullable String todo) {}

    /** Asks the provider, unless it was asked a moment ago. */
    public Availability availability(String id) {
        return asked.compute(id, (name, before) -> {
                    if (before != null && System.nanoTime() - before.atNanos() < ASK_AGAIN_NANOS) {
                        return before;
                    }
                    return new Asked(ask(name), System.nanoTime());
                })
                .answer();
    }

    private Availability ask(String id) {
        Provider provider = providers.get(id);
        if (provider == null) {
            return new Availability(false, "This server has no provider \"" + id + "\".", "Use another one.");
        }
        try {
            provider.check();
            return new Availability(true, null, null);
        } catch (ProviderException e) {
            return new Availability(false, e.getMessage(), e.todo());
        }
    }

    private record Asked(Availability answer, long atNanos) {}

    /** @return the default one first */
    public List<Known> all() {
        return providers.values().stream()
                .map(p -> new Known(p.kind(), p.kind(), p.capabilities()))
                .toList();
    }

    public Optional<Known> find(String id) {
        return all().stream().filter(known -> known.id().equals(id)).findFirst();
    }

    /**
     * @param name null or blank: the default
     * @throws Problem when there is none of that name
     */
    Provider choose(@Nullable String name) {
        String wanted = name == null || name.isBlank() ? DEFAULT : name;
        Provider provider = providers.get(wanted);
        if (provider == null) {
            throw Problem.invalid(
                    "There is no provider \"" + wanted + "\".",
                    providers.isEmpty()
                            ? "This server has no provider."
                            : "Use one of: " + String.join(", ", providers.keySet()) + ".");
        }
        return provider;
    }

    Optional<Provider> provider(String name) {
        return Optional.ofNullable(providers.get(name));
    }
}
