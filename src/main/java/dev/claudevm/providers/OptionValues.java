package dev.claudevm.providers;

import dev.claudevm.problem.Problem;
import dev.claudevm.provider.ProviderKind;
import dev.claudevm.provider.ProviderOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What may be given to a kind of provider. Never says a value: some are secrets. */
final class OptionValues {

    private OptionValues() {}

    /**
     * @param before what was given until now
     * @param changes null or empty: it goes back to its default
     * @return what is given from now on, without defaults
     * @throws Problem when there is no such option, or a value is not what its option takes
     */
    static Map<String, String> changed(
            ProviderKind kind, Map<String, String> before, Map<String, @Nullable String> changes) {
        Map<String, String> values = new LinkedHashMap<>(before);
        changes.forEach((name, value) -> {
            ProviderOption option = option(kind, name);
            if (value == null || value.isEmpty()) {
                values.remove(name);
                return;
            }
            option.wrong(value).ifPresent(expected -> {
                throw Problem.invalid(
                        "The option \"" + name + "\" (" + option.title() + ") is not " + expected + ".", option.help());
            });
            values.put(name, value);
        });
        return values;
    }

    /**
     * @return with defaults
     * @throws Problem when something is missing; names all of it
     */
    static Map<String, String> complete(ProviderKind kind, Map<String, String> given) {
        Map<String, String> values = new LinkedHashMap<>(given);
        for (ProviderOption option : kind.options()) {
            String byDefault = option.defaultValue();
            if (byDefault != null) {
                values.putIfAbsent(option.name(), byDefault);
            }
        }
        List<ProviderOption> missing = kind.options().stream()
                .filter(option -> option.required() && !values.containsKey(option.name()))
                .toList();
        if (!missing.isEmpty()) {
            throw Problem.invalid(
                            "A provider of kind " + kind.name() + " needs more options: "
                                    + missing.stream()
                                            .map(option -> option.name() + " (" + option.title() + ")")
                                            .collect(Collectors.joining(", "))
                                    + ".",
                            "Give them too.")
                    .with("missing", missing.stream().map(ProviderOption::name).toList());
        }
        return values;
    }

    private static ProviderOption option(ProviderKind kind, String name) {
        Optional<ProviderOption> option =
                kind.options().stream().filter(o -> o.name().equals(name)).findFirst();
        return option.orElseThrow(() -> Problem.invalid(
                "A provider of kind " + kind.name() + " has no option \"" + shown(name) + "\".",
                "It has: " + kind.options().stream().map(ProviderOption::name).collect(Collectors.joining(", "))
                        + "."));
    }

    static String shown(String text) {
        return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }
}
