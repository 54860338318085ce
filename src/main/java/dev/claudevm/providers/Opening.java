package dev.claudevm.providers;

import dev.claudevm.config.ServerHome;
import dev.claudevm.problem.Problem;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.ProviderKind;
import dev.claudevm.provider.ProviderOption;
import dev.claudevm.provider.ProviderSetup;
import dev.claudevm.secret.Secrets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Makes providers of what is stored of them, and knows where their secrets and folders are. */
@Component
class Opening {

    private static final Logger log = LoggerFactory.getLogger(Opening.class);

    private final Kinds kinds;
    private final Secrets secrets;
    private final ServerHome home;

    Opening(Kinds kinds, Secrets secrets, ServerHome home) {
        this.kinds = kinds;
        this.secrets = secrets;
        this.home = home;
    }

    /** Never fails: what cannot be made says why when it is used. */
    Provider open(AddedProvider added) {
        ProviderKind kind = kinds.find(added.kind()).orElse(null);
        if (kind == null) {
            return new BrokenProvider(
                    added.kind(),
                    "This version of claude-vm has no providers of kind " + added.kind() + ".",
                    "Use a version that has them.");
        }
        try {
            return open(kind, added.name(), withSecrets(kind, added));
        } catch (Secrets.Unreadable e) {
            log.warn("Provider {}: its secrets cannot be read: {}", added.name(), e.getMessage());
            return new BrokenProvider(
                    added.kind(),
                    "The stored secrets of provider \"" + added.name() + "\" cannot be read any more: " + e.getMessage()
                            + ".",
                    "Put the right key back, or give them again in Settings or with `claude-vm provider set-options "
                            + added.name() + "`.");
        } catch (ProviderException e) {
            return new BrokenProvider(added.kind(), String.valueOf(e.getMessage()), e.todo());
        } catch (Problem e) {
            return new BrokenProvider(added.kind(), e.detail(), e.todo());
        }
    }

    /** @param given without defaults */
    Provider open(ProviderKind kind, String name, Map<String, String> given) throws ProviderException {
        return kind.open(new ProviderSetup(
                name,
                OptionValues.complete(kind, given),
                folder(kind.name(), name),
                home.root(),
                home.root().resolve("kits"),
                Path.of(System.getProperty("java.home"))));
    }

    Path folder(String kind, String name) {
        return home.root().resolve("providers").resolve(kind).resolve(name);
    }

    /** @return what was given, without defaults */
    Map<String, String> withSecrets(ProviderKind kind, AddedProvider added) throws Secrets.Unreadable {
        Map<String, String> values = new LinkedHashMap<>(added.options());
        for (ProviderOption option : kind.options()) {
            if (option.secret()) {
                Optional<String> secret = secrets.get(secretName(added.name(), option.name()));
                secret.ifPresent(value -> values.put(option.name(), value));
            }
        }
        return values;
    }

    static String secretName(String provider, String option) {
        return "provider." + provider + "." + option;
    }
}
