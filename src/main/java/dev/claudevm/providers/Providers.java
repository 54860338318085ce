package dev.claudevm.providers;

import dev.claudevm.problem.Problem;
import dev.claudevm.provider.Capabilities;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderKind;
import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/**
 * The providers that this server has. Those of the configuration file have their kind's name and are always there; those that a person added are in the database, which is
 * asked again after a second, so another node's change is seen too.
 */
@Service
public class Providers {

    /** Where new workspaces go when nobody ever said anything else. */
    public static final String FIRST = "local";

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long LOOK_AGAIN_NANOS = Duration.ofSeconds(1).toNanos();

    private final Map<String, Provider> given = new LinkedHashMap<>();
    private final Map<String, Opened> opened = new ConcurrentHashMap<>();
    private final Availabilities availabilities = new Availabilities();
    private final ProviderRepository added;
    private final Opening opening;
    private final Kinds kinds;

    Providers(List<Provider> given, ProviderRepository added, Opening opening, Kinds kinds) {
        given.stream()
                .sorted(Comparator.comparing((Provider p) -> !p.kind().equals(FIRST))
                        .thenComparing(Provider::kind))
                .forEach(p -> this.given.put(p.kind(), p));
        this.added = added;
        this.opening = opening;
        this.kinds = kinds;
    }

    /** @param sinceNanos when the database was last asked whether it is still so */
    private record Opened(String version, Provider provider, long sinceNanos) {

        boolean fresh() {
            return System.nanoTime() - sinceNanos < LOOK_AGAIN_NANOS;
        }
    }

    /**
     * A provider as people see it.
     *
     * @param label for people; of an added one its name
     * @param added by a person; false: it is of the configuration file
     */
    public record Known(String name, String kind, String label, boolean added, Capabilities capabilities) {}

    /**
     * Whether workspaces can be had of a provider.
     *
     * @param reason why not
     * @param todo what to do about it
     */
    public record Availability(
            boolean available,
            @Nullable String reason,
            @Nullable String todo) {

        static final Availability YES = new Availability(true, null, null);

        /** @return what is wrong and what to do, as sentences */
        public String words() {
            String what = String.valueOf(reason).strip();
            return (what.endsWith(".") ? what : what + ".") + " " + todo;
        }
    }

    /** Asks the provider, unless it was asked a moment ago. Takes as long as it takes. */
    public Availability availability(String name) {
        return Objects.requireNonNull(availability(List.of(name), PATIENCE).get(name));
    }

    /**
     * Asks several at once.
     *
     * @param patience who has not answered by then is not available
     * @return the answer of each
     */
    public Map<String, Availability> availability(List<String> names, Duration patience) {
        Map<String, CompletableFuture<Availability>> asked = new LinkedHashMap<>();
        for (String name : names) {
            asked.put(
                    name,
                    provider(name)
                            .map(provider -> availabilities.ask(name, provider))
                            .orElseGet(() -> CompletableFuture.completedFuture(new Availability(
                                    false, "This server has no provider \"" + name + "\".", "Use another one."))));
        }
        long end = System.nanoTime() + patience.toNanos();
        Map<String, Availability> answers = new LinkedHashMap<>();
        asked.forEach((name, answer) -> {
            Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
            answers.put(name, Availabilities.await(answer, name, left));
        });
        return answers;
    }

    /** @return those of the configuration file first, and of these the first one */
    public List<Known> all() {
        List<Known> all = new ArrayList<>();
        given.forEach((name, provider) -> all.add(known(name, provider)));
        for (AddedProvider each : added.all()) {
            all.add(known(each, open(each)));
        }
        return all;
    }

    public Optional<Known> find(String name) {
        Provider fixed = given.get(name);
        return fixed != null
                ? Optional.of(known(name, fixed))
                : added.find(name).map(each -> known(each, open(each)));
    }

    private Known known(String name, Provider provider) {
        String label = name.equals(FIRST)
                ? "This machine"
                : kinds.find(provider.kind()).map(ProviderKind::title).orElse(name);
        return new Known(name, provider.kind(), label, false, provider.capabilities());
    }

    private static Known known(AddedProvider added, Provider provider) {
        return new Known(added.name(), added.kind(), added.name(), true, provider.capabilities());
    }

    /** @throws Problem when there is none of that name */
    public Provider get(String name) {
        return provider(name)
                .orElseThrow(() -> Problem.invalid(
                        "There is no provider \"" + OptionValues.shown(name) + "\".",
                        "Use one of: " + all().stream().map(Known::name).collect(Collectors.joining(", ")) + "."));
    }

    public Optional<Provider> provider(String name) {
        Provider fixed = given.get(name);
        if (fixed != null) {
            return Optional.of(fixed);
        }
        Opened known = opened.get(name);
        if (known != null && known.fresh()) {
            return Optional.of(known.provider());
        }
        Optional<Provider> found = added.find(name).map(this::open);
        if (found.isEmpty()) {
            close(opened.remove(name));
        }
        return found;
    }

    /** It was changed or deleted by this node. */
    void changed(String name) {
        opened.computeIfPresent(
                name,
                (key, known) -> new Opened(known.version(), known.provider(), System.nanoTime() - LOOK_AGAIN_NANOS));
    }

    /** @return whether it is one of the configuration file */
    boolean isGiven(String name) {
        return given.containsKey(name);
    }

    /** One that was changed is opened anew. */
    private Provider open(AddedProvider row) {
        return opened.compute(row.name(), (name, before) -> {
                    if (before != null && before.version().equals(row.version())) {
                        return new Opened(row.version(), before.provider(), System.nanoTime());
                    }
                    close(before);
                    return new Opened(row.version(), opening.open(row), System.nanoTime());
                })
                .provider();
    }

    @PreDestroy
    void close() {
        opened.values().forEach(Providers::close);
        opened.clear();
    }

    private static void close(@Nullable Opened done) {
        if (done != null) {
            done.provider().close();
        }
    }
}
