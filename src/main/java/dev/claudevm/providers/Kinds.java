package dev.claudevm.providers;

import dev.claudevm.problem.Problem;
import dev.claudevm.provider.ProviderKind;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** The kinds of providers that a person can add. */
@Component
public class Kinds {

    private final Map<String, ProviderKind> kinds = new LinkedHashMap<>();

    Kinds(List<ProviderKind> kinds) {
        kinds.stream()
                .sorted(Comparator.comparing(ProviderKind::name))
                .forEach(kind -> this.kinds.put(kind.name(), kind));
    }

    public List<ProviderKind> all() {
        return List.copyOf(kinds.values());
    }

    Optional<ProviderKind> find(String name) {
        return Optional.ofNullable(kinds.get(name));
    }

    /** @throws Problem when there is none */
    public ProviderKind get(String name) {
        return find(name)
                .orElseThrow(() -> Problem.invalid(
                        "There is no kind of provider \"" + OptionValues.shown(name) + "\".",
                        "Use one of: " + String.join(", ", kinds.keySet()) + "."));
    }
}
