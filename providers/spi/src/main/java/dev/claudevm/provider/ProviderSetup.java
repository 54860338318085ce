package dev.claudevm.provider;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What a provider is made of.
 *
 * @param name what the person calls it, for example {@code build-machine}; small letters, digits, hyphens
 * @param values by option's name; what was not given and has no default is missing. May hold secrets
 * @param folder its own folder, for good: the same name and kind get the same one again, and no other provider does. May not be there yet. Whatever marks its
 *     workspaces elsewhere must come from in here, so that two providers on one machine do not take each other's workspaces for their own
 * @param home the product's home; never to be copied into a workspace
 * @param kits folder that all providers share, for what workspaces' systems lack
 * @param javaHome a JDK that runtimes for workspaces can be linked of
 */
public record ProviderSetup(String name, Map<String, String> values, Path folder, Path home, Path kits, Path javaHome) {

    public ProviderSetup {
        values = Map.copyOf(values);
    }

    public Optional<String> value(String option) {
        return Optional.ofNullable(values.get(option));
    }

    /** Without values: some are secrets. */
    @Override
    public String toString() {
        return "ProviderSetup[" + name + ", " + values.keySet() + "]";
    }
}
