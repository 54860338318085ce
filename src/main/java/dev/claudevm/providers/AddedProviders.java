package dev.claudevm.providers;

import dev.claudevm.problem.Problem;
import dev.claudevm.provider.ConfirmationNeeded;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.ProviderKind;
import dev.claudevm.provider.ProviderOption;
import dev.claudevm.secret.Secrets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.FileSystemUtils;

/** Adds, changes and deletes providers. A value of an option that is secret goes in and never comes out. */
@Service
public class AddedProviders {

    private static final Logger log = LoggerFactory.getLogger(AddedProviders.class);
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,39}");

    private final Providers providers;
    private final ProviderRepository repository;
    private final Kinds kinds;
    private final Opening opening;
    private final Secrets secrets;
    private final TransactionTemplate transaction;
    private final ApplicationEventPublisher events;

    AddedProviders(
            Providers providers,
            ProviderRepository repository,
            Kinds kinds,
            Opening opening,
            Secrets secrets,
            TransactionTemplate transaction,
            ApplicationEventPublisher events) {
        this.providers = providers;
        this.repository = repository;
        this.kinds = kinds;
        this.opening = opening;
        this.secrets = secrets;
        this.transaction = transaction;
        this.events = events;
    }

    /** There are others now, or they are different. */
    public record ProvidersChanged() {}

    /**
     * An option as it may be shown.
     *
     * @param value null: its default, or it is a secret
     * @param given by the person
     */
    public record Shown(String name, @Nullable String value, boolean secret, boolean given) {}

    /**
     * @param values by option; null and empty are the same as missing
     * @param check try it first
     * @throws Problem nothing was added; with {@code confirm} when a person has to vouch for a value, which is then one of the values
     */
    public void add(String name, String kindName, Map<String, @Nullable String> values, boolean check) {
        if (!NAME.matcher(name).matches()) {
            throw Problem.invalid(
                    "\"" + OptionValues.shown(name) + "\" cannot be the name of a provider.",
                    "Use small letters, digits and hyphens, at most 40, and begin with a letter.");
        }
        if (providers.isGiven(name)) {
            throw taken(name);
        }
        ProviderKind kind = kinds.get(kindName);
        repository.find(name).ifPresent(there -> {
            throw taken(name);
        });
        Map<String, String> given = OptionValues.changed(kind, Map.of(), values);
        Path folder = opening.folder(kindName, name);
        boolean fresh = !Files.exists(folder);
        boolean kept = false;
        try {
            tryOut(kind, name, given, check);
            transaction.executeWithoutResult(status -> {
                repository.insert(plain(kind, name, given));
                writeSecrets(kind, name, given);
            });
            kept = true;
        } catch (DuplicateKeyException somebodyWasFaster) {
            kept = true;
            throw taken(name);
        } finally {
            if (fresh && !kept) {
                remove(folder);
            }
        }
        log.info("Provider {} ({}) was added", name, kindName);
        providers.changed(name);
        events.publishEvent(new ProvidersChanged());
    }

    private static Problem taken(String name) {
        return Problem.conflict("There is a provider \"" + name + "\" already.", "Choose another name.");
    }

    /**
     * @param changes by option; null or empty: back to its default
     * @throws Problem nothing was changed
     */
    public void change(String name, Map<String, @Nullable String> changes, boolean check) {
        AddedProvider before = existing(name);
        ProviderKind kind = kinds.get(before.kind());
        Map<String, String> given = OptionValues.changed(kind, stored(kind, before, changes.keySet()), changes);
        tryOut(kind, name, given, check);
        transaction.executeWithoutResult(status -> {
            if (!repository.update(plain(kind, name, given), before.version())) {
                throw Problem.conflict(
                        "Provider \"" + name + "\" was changed by somebody else meanwhile.", "Look again.");
            }
            writeSecrets(kind, name, given);
        });
        log.info("Provider {} was changed: {}", name, changes.keySet());
        providers.changed(name);
        events.publishEvent(new ProvidersChanged());
    }

    /**
     * Forgets it and its secrets. What its workspaces are elsewhere is not touched.
     *
     * @param withFolder also what this machine keeps for it; without, one of the same name and kind finds its workspaces again
     */
    public void delete(String name, boolean withFolder) {
        AddedProvider gone = existing(name);
        transaction.executeWithoutResult(status -> {
            repository.delete(name);
            kinds.find(gone.kind()).ifPresent(kind -> writeSecrets(kind, name, Map.of()));
        });
        if (withFolder) {
            remove(opening.folder(gone.kind(), name));
        }
        log.info("Provider {} was deleted", name);
        providers.changed(name);
        events.publishEvent(new ProvidersChanged());
    }

    /** @return empty for one of the configuration file */
    public List<Shown> options(String name) {
        AddedProvider added = repository.find(name).orElse(null);
        ProviderKind kind = added == null ? null : kinds.find(added.kind()).orElse(null);
        if (added == null || kind == null) {
            return List.of();
        }
        return kind.options().stream().map(option -> shown(added, option)).toList();
    }

    private Shown shown(AddedProvider added, ProviderOption option) {
        if (option.secret()) {
            return new Shown(option.name(), null, true, secrets.has(Opening.secretName(added.name(), option.name())));
        }
        String value = added.options().get(option.name());
        return new Shown(option.name(), value, false, value != null);
    }

    /** @throws Problem when there is none, or it cannot be changed here */
    private AddedProvider existing(String name) {
        if (providers.isGiven(name)) {
            throw Problem.conflict(
                    "Provider \"" + name + "\" is of the configuration file.", "Change it there (config.yaml).");
        }
        return repository
                .find(name)
                .orElseThrow(() -> Problem.unknown(
                        "There is no provider \"" + OptionValues.shown(name) + "\".", "Look at the list."));
    }

    private void tryOut(ProviderKind kind, String name, Map<String, String> given, boolean check) {
        Provider provider;
        try {
            provider = opening.open(kind, name, given);
        } catch (ProviderException e) {
            throw Problem.invalid(String.valueOf(e.getMessage()), e.todo());
        }
        try {
            if (check) {
                provider.check();
            }
        } catch (ConfirmationNeeded e) {
            throw Problem.conflict(String.valueOf(e.getMessage()), e.todo())
                    .with("confirm", Map.of("option", e.option(), "value", e.value()));
        } catch (ProviderException e) {
            throw Problem.conflict(String.valueOf(e.getMessage()), e.todo()).with("check", "failed");
        } finally {
            provider.close();
        }
    }

    private static AddedProvider plain(ProviderKind kind, String name, Map<String, String> given) {
        Map<String, String> plain = new LinkedHashMap<>(given);
        kind.options().stream().filter(ProviderOption::secret).forEach(option -> plain.remove(option.name()));
        return new AddedProvider(name, kind.name(), plain, UUID.randomUUID().toString());
    }

    private void writeSecrets(ProviderKind kind, String name, Map<String, String> given) {
        for (ProviderOption option : kind.options()) {
            String secret = option.secret() ? given.get(option.name()) : null;
            if (secret != null) {
                secrets.put(Opening.secretName(name, option.name()), secret);
            } else {
                boolean _ = secrets.remove(Opening.secretName(name, option.name()));
            }
        }
    }

    /**
     * @param given anew, so that nobody needs them
     * @throws Problem when another one cannot be read any more
     */
    private Map<String, String> stored(ProviderKind kind, AddedProvider added, Set<String> given) {
        Map<String, String> values = new HashMap<>(added.options());
        for (ProviderOption option : kind.options()) {
            if (!option.secret() || given.contains(option.name())) {
                continue;
            }
            try {
                secrets.get(Opening.secretName(added.name(), option.name()))
                        .ifPresent(value -> values.put(option.name(), value));
            } catch (Secrets.Unreadable e) {
                throw Problem.conflict(
                        "The stored \"" + option.name() + "\" of provider \"" + added.name() + "\" cannot be read: "
                                + e.getMessage() + ".",
                        "Give it again too, or put the right key back.");
            }
        }
        return values;
    }

    private static void remove(Path folder) {
        try {
            FileSystemUtils.deleteRecursively(folder);
        } catch (IOException e) {
            log.warn("{} cannot be removed: {}", folder, e.getMessage());
        }
    }
}
