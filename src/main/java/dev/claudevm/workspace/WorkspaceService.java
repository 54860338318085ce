package dev.claudevm.workspace;

import dev.claudevm.gateway.Gateway;
import dev.claudevm.problem.Problem;
import dev.claudevm.project.Project;
import dev.claudevm.project.Projects;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.providers.DefaultProviders;
import dev.claudevm.providers.Providers;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Service;

/**
 * Workspaces for whoever asks: views, REST, the outbox. Every method returns at once; what takes long is written down and
 * done by the {@link Lifecycle}, and {@link WorkspaceChanged} tells of each step.
 */
@Service
public class WorkspaceService {

    private static final Logger log = LoggerFactory.getLogger(WorkspaceService.class);
    private static final Pattern REQUEST = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final int ATTEMPTS = 20;
    private static final int MAX_AWAKE_DAYS = 30;
    private static final int MAX_IDLE_MINUTES = 7 * 24 * 60;

    private final WorkspaceRepository workspaces;
    private final Steps steps;
    private final Projects projects;
    private final Providers providers;
    private final DefaultProviders defaults;
    private final Gateway gateway;
    private final Lifecycle lifecycle;
    private final IdleStop idle;
    private final WorkspaceSettings settings;
    private final ApplicationEventPublisher events;
    private final Clock clock;
    private final Keeping keeping;

    WorkspaceService(
            WorkspaceRepository workspaces,
            Steps steps,
            Projects projects,
            Providers providers,
            DefaultProviders defaults,
            Gateway gateway,
            Lifecycle lifecycle,
            IdleStop idle,
            WorkspaceSettings settings,
            ApplicationEventPublisher events,
            Clock clock,
            Keeping keeping) {
        this.workspaces = workspaces;
        this.steps = steps;
        this.projects = projects;
        this.providers = providers;
        this.defaults = defaults;
        this.gateway = gateway;
        this.lifecycle = lifecycle;
        this.idle = idle;
        this.settings = settings;
        this.events = events;
        this.clock = clock;
        this.keeping = keeping;
    }

    /** @return whether an agent's program of now is where the workspace's bridge starts it, as far as can be found out */
    public boolean hasAgent(WorkspaceId id, String agent) {
        try {
            Optional<Provider> provider = provider(id);
            return provider.isEmpty() || provider.get().hasAgent(id.value(), settings.agents(), agent);
        } catch (ProviderException e) {
            log.info("{}: it is not known whether {} is there: {}", id, agent, e.getMessage());
            return false;
        }
    }

    /**
     * Sees to it that {@link #hasAgent}. Takes as long as it takes.
     *
     * @param wanted is asked now and then; ends the work
     * @param figure is told how far it is
     * @throws Problem when that cannot be
     */
    public void bringAgent(WorkspaceId id, String agent, BooleanSupplier wanted, Consumer<String> figure) {
        try {
            Optional<Provider> provider = provider(id);
            if (provider.isPresent()) {
                provider.get().bringAgent(id.value(), settings.agents(), agent, new Progress() {
                    @Override
                    public void step(String step, boolean done, @Nullable String detail) {
                        if (detail != null) {
                            figure.accept(detail);
                        }
                    }

                    @Override
                    public boolean wanted() {
                        return wanted.getAsBoolean();
                    }
                });
            }
        } catch (ProviderException e) {
            throw Problem.unavailable(String.valueOf(e.getMessage()), e.todo());
        }
    }

    private Optional<Provider> provider(WorkspaceId id) {
        return workspaces.find(id).flatMap(row -> providers.provider(row.provider()));
    }

    /**
     * Begins to make a workspace and to start it.
     *
     * @return it, in state creating
     * @throws Problem when what was asked for makes no sense; then nothing was made
     */
    public Workspace create(NewWorkspace asked) {
        return create(asked, null);
    }

    /**
     * The same, for a client that repeats its wish until it knows that it was heard.
     *
     * @param requestId made by the client; a repeated one gets the workspace that was made first, as long as its record is kept
     * @throws Problem also when the id was used for another wish
     */
    public Workspace create(NewWorkspace asked, @Nullable String requestId) {
        if (requestId == null) {
            return make(asked, null);
        }
        if (!REQUEST.matcher(requestId).matches()) {
            throw Problem.malformed("\"id\" is no id.", "Send a UUID that the client made.");
        }
        WorkspaceRepository.Request request = new WorkspaceRepository.Request(requestId, asked.digest());
        return made(request).orElseGet(() -> make(asked, request));
    }

    private Optional<Workspace> made(WorkspaceRepository.Request request) {
        return workspaces.findRequest(request.id()).map(known -> {
            if (!known.digest().equals(request.digest())) {
                throw Problem.conflict(
                        "The id " + request.id() + " was used for workspace \"" + known.workspace()
                                + "\", which is another wish.",
                        "Make a new id for each workspace.");
            }
            return get(known.workspace());
        });
    }

    private Workspace make(NewWorkspace asked, WorkspaceRepository.@Nullable Request request) {
        String providerName = provider(asked);
        Provider provider = providers.get(providerName);
        String branch = asked.checkedBranch();
        String name = asked.checkedName();
        String image = asked.checkedImage();
        if (image != null && !provider.capabilities().images()) {
            throw Problem.invalid(
                    "The provider \"" + providerName + "\" has no images.",
                    "Leave \"image\" out, or use another provider.");
        }
        // Before anything is written down: who asks for what is not there shall know at once.
        Providers.Availability can = providers.availability(providerName);
        if (!can.available()) {
            throw Problem.unavailable(String.valueOf(can.reason()), String.valueOf(can.todo()));
        }
        Project project = projects.of(asked.source() == null ? "" : asked.source());
        for (int attempt = 1; ; attempt++) {
            WorkspaceId id = WorkspaceNames.next();
            try {
                workspaces.insert(id, project, name, providerName, branch, image, request);
                lifecycle.wake(id);
                return get(id);
            } catch (DuplicateKeyException taken) {
                Optional<Workspace> sameAtTheSameTime = request == null ? Optional.empty() : made(request);
                if (sameAtTheSameTime.isPresent()) {
                    return sameAtTheSameTime.get();
                }
                if (attempt == ATTEMPTS) {
                    throw taken;
                }
            }
        }
    }

    /**
     * @param asked by a person; null: nothing
     * @param before what a workspace had elsewhere
     * @return the provider that it is to have here: what was asked, else the same when it is here, else the default
     * @throws Problem when there is none of the name that was asked for
     */
    public String choose(@Nullable String asked, String before) {
        if (asked != null) {
            providers.get(asked);
            return asked;
        }
        return providers.provider(before).isPresent() ? before : defaults.of(null);
    }

    /** Writes down one that comes from elsewhere, in the caller's transaction; {@link #changed} after it. */
    public void adopt(Adopted adopted) {
        workspaces.insert(adopted);
    }

    /** @return what was made of a wish for a copy. @throws Problem when the id was used for another wish */
    public Optional<WorkspaceId> copied(CopyWish wish) {
        return made(new WorkspaceRepository.Request(wish.id(), wish.digest())).map(Workspace::id);
    }

    /**
     * A client's wish, which it may repeat.
     *
     * @param digest of what it wishes, at most 64 characters
     */
    public record CopyWish(String id, String digest) {}

    /**
     * @param asked the provider that a person wants; null: that of the other one, when it is here
     * @return the provider of a copy
     * @throws Problem when it cannot make one now
     */
    public String chooseForCopy(WorkspaceId source, @Nullable String asked) {
        Workspace other = get(source);
        String chosen = choose(asked, other.provider());
        Providers.Availability can = providers.availability(chosen);
        if (!can.available()) {
            throw Problem.unavailable(String.valueOf(can.reason()), String.valueOf(can.todo()));
        }
        return chosen;
    }

    /**
     * Writes down a workspace that begins with the files of another one, in the caller's transaction; {@link #begin} after it.
     *
     * @param snapshot of the other one; null: one is made of what it has now
     * @param name for people; null: the id
     * @throws DuplicateKeyException when the wish was heard in this very moment: then nothing is to be written
     */
    public WorkspaceId copy(
            WorkspaceId source,
            @Nullable String snapshot,
            @Nullable String name,
            String provider,
            @Nullable CopyWish wish) {
        WorkspaceRepository.Row other = workspaces.find(source).orElseThrow(() -> WorkspaceId.unknown(source.value()));
        WorkspaceId id = WorkspaceNames.next();
        workspaces.insert(
                id,
                other,
                snapshot,
                new NewWorkspace(null, null, null, null, name).checkedName(),
                provider,
                wish == null ? null : new WorkspaceRepository.Request(wish.id(), wish.digest()));
        return id;
    }

    /** What was written down for it begins. */
    public void begin(WorkspaceId id) {
        lifecycle.wake(id);
        changed(id);
    }

    /** Tells everybody who shows it. */
    public void changed(WorkspaceId id) {
        events.publishEvent(new WorkspaceChanged(id));
    }

    private String provider(NewWorkspace asked) {
        String named = asked.provider();
        if (named != null && !named.isBlank()) {
            return named.strip();
        }
        return defaults.of(projects.known(asked.source() == null ? "" : asked.source())
                .map(Project::id)
                .orElse(null));
    }

    /** @throws Problem when there is none */
    public Workspace get(WorkspaceId id) {
        return find(id).orElseThrow(() -> WorkspaceId.unknown(id.value()));
    }

    public Optional<Workspace> find(WorkspaceId id) {
        return workspaces.find(id).map(row -> workspace(row, steps.of(id)));
    }

    /** @return all that are not deleted, newest first */
    public List<Workspace> list() {
        Map<String, List<Workspace.Step>> all = steps.ofAll();
        return workspaces.alive().stream()
                .map(row -> workspace(row, all.getOrDefault(row.id().value(), List.of())))
                .toList();
    }

    /** @return deleted ones that come back with {@link #up} when there is a snapshot of them, the one that was deleted last first */
    public List<Workspace> deleted() {
        return workspaces.deleted().stream()
                .map(row -> workspace(row, steps.of(row.id())))
                .toList();
    }

    /** @return how its files are kept; empty: nothing was tried yet */
    public Optional<Keeper.Kept> kept(WorkspaceId id) {
        return keeping.kept(id);
    }

    /** @return whether its bridge is connected */
    public boolean online(WorkspaceId id) {
        return gateway.bridge(id.value()).isPresent();
    }

    /**
     * Begins to start it. One that runs or is on its way up is left alone.
     *
     * @throws Problem when it is stopping or deleted, or unknown
     */
    public Workspace up(WorkspaceId id) {
        Workspace now = get(id);
        if (workspaces.beginUp(id)) {
            begun(id);
            return get(id);
        }
        if (workspaces.wakeAfterRest(id)) {
            lifecycle.wake(id);
            return get(id);
        }
        return switch (now.state()) {
            case STOPPING ->
                throw Problem.conflict(
                        "Workspace \"" + id + "\" is stopping.", "Wait until it has stopped, then start it.");
            case DELETED ->
                restore(
                        id,
                        keeping.newest(id)
                                .or(() -> workspaces.find(id).map(WorkspaceRepository.Row::forkedSnapshot))
                                .orElseThrow(() -> deleted(id)));
            case CREATING, RUNNING, STOPPED, FAILED -> get(id);
        };
    }

    /**
     * Begins to make it anew with what was in a snapshot, and to start it.
     *
     * @param snapshotId one that is whole
     * @throws Problem when it runs, or something else is being done to it
     */
    public Workspace restore(WorkspaceId id, String snapshotId) {
        if (!workspaces.beginRestore(id, snapshotId)) {
            Workspace now = get(id);
            throw Problem.conflict(
                    "Workspace \"" + id + "\" is " + now.state().word() + ".",
                    "Stop it first: what is in it now is replaced by what was in the snapshot.");
        }
        begun(id);
        return get(id);
    }

    /**
     * Begins to stop it, as {@link #down(WorkspaceId, boolean)} does without force.
     */
    public Workspace down(WorkspaceId id) {
        return down(id, false);
    }

    /**
     * Begins to stop it; its files stay. One that is stopped or on its way there is left alone.
     *
     * @param kill nothing in it is asked to end, and a start or stop that hangs is given up
     * @throws Problem when it is being made, deleted, or unknown
     */
    public Workspace down(WorkspaceId id, boolean kill) {
        Workspace now = get(id);
        if (kill ? workspaces.beginKill(id) : workspaces.beginDown(id)) {
            begun(id);
            return get(id);
        }
        return switch (now.state()) {
            case CREATING ->
                throw Problem.conflict(
                        kill ? "Workspace \"" + id + "\" is being made." : "Workspace \"" + id + "\" is being started.",
                        kill ? "Wait until it is made, or delete it." : "Wait until it runs, or stop it by force.");
            case DELETED -> throw deleted(id);
            case RUNNING, STOPPING, STOPPED, FAILED -> get(id);
        };
    }

    /** Somebody does something in it at this moment: it is not put to rest for a while. Cheap enough for each packet. */
    public void used(WorkspaceId id) {
        idle.used(id);
    }

    /**
     * It does not stop by itself before then.
     *
     * @param until null: it may
     * @throws Problem when it is unknown, or that is in the past or more than {@value #MAX_AWAKE_DAYS} days away
     */
    public Workspace keepAwake(WorkspaceId id, @Nullable Instant until) {
        get(id);
        Instant now = clock.instant();
        if (until != null && (!until.isAfter(now) || until.isAfter(now.plus(Duration.ofDays(MAX_AWAKE_DAYS))))) {
            throw Problem.invalid(
                    "A workspace can be kept awake until a time within the next " + MAX_AWAKE_DAYS + " days.",
                    "Give such a time, or let it never stop by itself.");
        }
        workspaces.keepAwake(id, until);
        restChanged(id);
        return get(id);
    }

    /**
     * After so many minutes in which nobody needs it, it stops.
     *
     * @param minutes 0: never; null: as the project, or else the server, says
     * @param wholeProject for all workspaces of its project that have nothing of their own, instead of this one
     * @throws Problem when it is unknown, or that is more than {@value #MAX_IDLE_MINUTES}
     */
    public Workspace idleMinutes(WorkspaceId id, @Nullable Integer minutes, boolean wholeProject) {
        Workspace now = get(id);
        if (minutes != null && (minutes < 0 || minutes > MAX_IDLE_MINUTES)) {
            throw Problem.invalid(
                    "A workspace stops after 1 to " + MAX_IDLE_MINUTES + " minutes without use, or never (0).",
                    "Give such a number.");
        }
        if (wholeProject) {
            workspaces.projectIdleMinutes(id, minutes);
            list().stream()
                    .filter(other -> other.project().id().equals(now.project().id()))
                    .forEach(other -> restChanged(other.id()));
        } else {
            workspaces.idleMinutes(id, minutes);
            restChanged(id);
        }
        return get(id);
    }

    /** What was done before is not shown as what is done now. */
    private void begun(WorkspaceId id) {
        steps.clear(id);
        lifecycle.wake(id);
    }

    private void restChanged(WorkspaceId id) {
        idle.changed(id);
        events.publishEvent(new WorkspaceChanged(id));
    }

    /**
     * Begins to delete it, whatever is being done to it.
     *
     * @param purge also what was said in it, the snapshots, and the record of it
     * @param force also when what it has now is in no snapshot
     * @throws Problem when it is unknown
     */
    public Workspace delete(WorkspaceId id, boolean purge, boolean force) {
        Workspace now = get(id);
        if (now.state() != WorkspaceState.DELETED || purge) {
            workspaces.beginDelete(id, purge ? Work.PURGE : force ? Work.DROP : Work.DELETE);
            idle.forget(id);
            lifecycle.wake(id);
            return find(id).orElse(now);
        }
        return now;
    }

    /**
     * Somebody says something to it right now: starts it when it rests, also after a failure.
     *
     * @param saidAt what was said before a person stopped it does not start it again
     */
    public void startFor(WorkspaceId id, Instant saidAt) {
        start(id, saidAt, true);
    }

    /** Something that was said is still waiting for it: starts it when it is stopped. A failure is left for a person. */
    public void startForWaiting(WorkspaceId id, Instant saidAt) {
        start(id, saidAt, false);
    }

    private void start(WorkspaceId id, Instant saidAt, boolean afterFailure) {
        WorkspaceRepository.Row row = workspaces.find(id).orElse(null);
        if (row == null
                || (row.downAt() != null && !saidAt.isAfter(row.downAt()))
                || (row.state() == WorkspaceState.FAILED && !afterFailure)) {
            return;
        }
        if (workspaces.beginUp(id)) {
            begun(id);
        }
    }

    private Workspace workspace(WorkspaceRepository.Row row, List<Workspace.Step> done) {
        return new Workspace(
                row.id(),
                row.project(),
                row.name(),
                row.provider(),
                row.branch(),
                row.image(),
                row.state(),
                row.reason(),
                row.todo(),
                row.generation(),
                online(row.id()),
                done,
                new Workspace.Idle(
                        row.rest().limit(settings.idle()),
                        row.rest().idleMinutes(),
                        row.rest().projectIdleMinutes(),
                        row.rest().keepAwakeUntil(),
                        row.rest().rested() && row.state() == WorkspaceState.STOPPED),
                providers
                        .provider(row.provider())
                        .map(p -> p.capabilities().warnings())
                        .orElse(List.of("This server has no provider \"" + row.provider() + "\" any more.")),
                row.forkedFrom(),
                row.createdAt(),
                row.updatedAt());
    }

    private static Problem deleted(WorkspaceId id) {
        return Problem.conflict(
                "Workspace \"" + id + "\" is deleted, and there is no snapshot of it.",
                "Make a new one of the same project.");
    }
}
