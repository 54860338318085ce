package dev.claudevm.workspace;

import dev.claudevm.problem.Problem;
import dev.claudevm.project.Project;
import dev.claudevm.project.Projects;
import dev.claudevm.provider.ProviderKind;
import dev.claudevm.provider.ProviderOption;
import dev.claudevm.providers.AddedProviders;
import dev.claudevm.providers.DefaultProviders;
import dev.claudevm.providers.Kinds;
import dev.claudevm.providers.Providers;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Providers over REST. A secret goes in and never comes out. */
@RestController
@RequestMapping("/api/v1")
class ProviderApi {

    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final Providers providers;
    private final AddedProviders added;
    private final ProvidersInUse inUse;
    private final DefaultProviders defaults;
    private final Kinds kinds;
    private final Projects projects;
    private final Reaper reaper;

    ProviderApi(
            Providers providers,
            AddedProviders added,
            ProvidersInUse inUse,
            DefaultProviders defaults,
            Kinds kinds,
            Projects projects,
            Reaper reaper) {
        this.providers = providers;
        this.added = added;
        this.inUse = inUse;
        this.defaults = defaults;
        this.kinds = kinds;
        this.projects = projects;
        this.reaper = reaper;
    }

    /**
     * A provider on the wire.
     *
     * @param id its name
     * @param origin {@code file} or {@code added}
     * @param isDefault of the person
     * @param workspaces that are not deleted
     */
    record View(
            String id,
            String kind,
            String label,
            String origin,
            boolean isDefault,
            boolean available,
            @Nullable String reason,
            @Nullable String todo,
            boolean sandboxed,
            boolean images,
            boolean keepsDisk,
            boolean stopIsFree,
            List<String> warnings,
            List<AddedProviders.Shown> options,
            List<String> workspaces,
            List<Reaper.Reaped> reaped) {}

    @GetMapping("/providers")
    Map<String, List<View>> list() {
        List<Providers.Known> all = providers.all();
        var can = providers.availability(all.stream().map(Providers.Known::name).toList(), PATIENCE);
        String chosen = defaults.ofPerson();
        return Map.of(
                "providers",
                all.stream()
                        .map(known -> view(known, Objects.requireNonNull(can.get(known.name())), chosen))
                        .toList());
    }

    private View view(Providers.Known known, Providers.Availability can, String chosen) {
        var is = known.capabilities();
        return new View(
                known.name(),
                known.kind(),
                known.label(),
                known.added() ? "added" : "file",
                known.name().equals(chosen),
                can.available(),
                can.reason(),
                can.todo(),
                is.sandboxed(),
                is.images(),
                is.keepsDisk(),
                is.stopIsFree(),
                is.warnings(),
                added.options(known.name()),
                inUse.workspaces(known.name()).stream().map(WorkspaceId::value).toList(),
                reaper.reaped().stream()
                        .filter(gone -> gone.provider().equals(known.name()))
                        .toList());
    }

    private View view(String name) {
        Providers.Known known = providers
                .find(name)
                .orElseThrow(() -> Problem.unknown("There is no provider \"" + name + "\".", "Look at the list."));
        var can = providers.availability(List.of(name), PATIENCE);
        return view(known, Objects.requireNonNull(can.get(name)), defaults.ofPerson());
    }

    /**
     * @param options by name; null: its default
     * @param check false: keep it although nobody knows whether it works
     */
    record Wish(
            @Nullable String name,
            @Nullable String kind,
            @Nullable Map<String, @Nullable String> options,
            @Nullable Boolean check) {

        Map<String, @Nullable String> given() {
            return options == null ? Map.of() : options;
        }

        boolean checked() {
            return check == null || check;
        }

        /** Without values: some are secrets. */
        @Override
        public String toString() {
            return "Wish[" + name + ", " + kind + ", " + given().keySet() + "]";
        }
    }

    @PostMapping("/providers")
    @ResponseStatus(HttpStatus.CREATED)
    View add(@RequestBody Wish wish) {
        String name = wish.name() == null ? "" : wish.name();
        added.add(name, wish.kind() == null ? "" : wish.kind(), wish.given(), wish.checked());
        return view(name);
    }

    @PatchMapping("/providers/{name}")
    View change(@PathVariable String name, @RequestBody Wish wish) {
        inUse.change(name, wish.given(), wish.checked());
        return view(name);
    }

    @DeleteMapping("/providers/{name}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void delete(@PathVariable String name, @RequestParam(defaultValue = "false") boolean force) {
        inUse.delete(name, force);
    }

    /** An option on the wire. @param type text, number, decimal, size, switch or file */
    record OptionView(
            String name,
            String type,
            String title,
            String help,
            @Nullable String defaultValue,
            List<String> allowed,
            boolean secret,
            boolean required,
            boolean confirmed) {

        static OptionView of(ProviderOption option) {
            return new OptionView(
                    option.name(),
                    option.type().name().toLowerCase(Locale.ROOT),
                    option.title(),
                    option.help(),
                    option.defaultValue(),
                    option.allowed(),
                    option.secret(),
                    option.required(),
                    option.confirmed());
        }
    }

    /** What can be added. */
    record KindView(String name, String title, String help, List<OptionView> options) {

        static KindView of(ProviderKind kind) {
            return new KindView(
                    kind.name(),
                    kind.title(),
                    kind.help(),
                    kind.options().stream().map(OptionView::of).toList());
        }
    }

    @GetMapping("/provider-kinds")
    Map<String, List<KindView>> kinds() {
        return Map.of("kinds", kinds.all().stream().map(KindView::of).toList());
    }

    /** @param source a project's; null: for all projects that have none of their own. @param provider null: none */
    record Default(@Nullable String source, @Nullable String provider) {}

    /** @return where new workspaces go, of the project or else of the person */
    @GetMapping("/default-provider")
    Default theDefault(@RequestParam(required = false) @Nullable String source) {
        return new Default(
                source,
                defaults.of(
                        source == null
                                ? null
                                : projects.known(source).map(Project::id).orElse(null)));
    }

    @PutMapping("/default-provider")
    Default setDefault(@RequestBody Default wish) {
        String source = wish.source();
        defaults.set(source == null ? null : projects.of(source).id(), wish.provider());
        return theDefault(source);
    }
}
