package dev.claudevm.workspace;

import dev.claudevm.problem.Problem;
import dev.claudevm.provider.Capabilities;
import dev.claudevm.provider.Provider;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** The providers that this server has. */
@Service
public class ProviderRegistry {

    private static final String DEFAULT = "local";

    private final Map<String, Provider> providers = new LinkedHashMap<>();

    ProviderRegistry(List<Provider> providers) {
        providers.stream()
                .sorted(Comparator.comparing((Provider p) -> !p.kind().equals(DEFAULT))
                        .thenComparing(Provider::kind))
                .forEach(p -> this.providers.put(p.kind(), p));
    }

    /** A provider as people see it. */
    public record Known(String id, String kind, Capabilities capabilities) {}

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
