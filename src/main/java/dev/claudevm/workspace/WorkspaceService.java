package dev.claudevm.workspace;

import dev.claudevm.gateway.Gateway;
import dev.claudevm.problem.Problem;
import dev.claudevm.providers.Providers;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Service;

/**
 * Workspaces for whoever asks: views, REST, the outbox. Every method returns at once; what takes long is written down and
 * done by the {@link Lifecycle}, and {@link WorkspaceChanged} tells of each step. How one is made is in {@link WorkspaceCreation},
 * what may be begun when in {@link Moves}.
 */
@Service
public class WorkspaceService {

    private final WorkspaceRepository workspaces;
    private final WorkspaceCreation creation;
    private final Moves moves;
    private final RestWishes rest;
    private final Steps steps;
    private final Providers providers;
    private final Gateway gateway;
    private final Lifecycle lifecycle;
    private final IdleStop idle;
    private final Keeping keeping;
    private final WorkspaceSettings settings;
    private final ApplicationEventPublisher events;

    WorkspaceService(
            WorkspaceRepository workspaces,
            WorkspaceCreation creation,
            Moves moves,
            RestWishes rest,
            Steps steps,
            Providers providers,
            Gateway gateway,
            Lifecycle lifecycle,
            IdleStop idle,
            Keeping keeping,
            WorkspaceSettings settings,
            ApplicationEventPublisher events) {
        this.workspaces = workspaces;
        this.creation = creation;
        this.moves = moves;
        this.rest = rest;
        this.steps = steps;
        this.providers = providers;
        this.gateway = gateway;
        this.lifecycle = lifecycle;
        this.idle = idle;
        this.keeping = keeping;
        this.settings = settings;
        this.events = events;
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
        return get(creation.create(asked, requestId));
    }

    /**
     * @param asked by a person; null: nothing
     * @param before what a workspace had elsewhere
     * @return the provider that it is to have here: what was asked, else the same when it is here, else the default
     * @throws Problem when there is none of the name that was asked for
     */
    public String choose(@Nullable String asked, String before) {
        return creation.choose(asked, before);
    }

    /** Writes down one that comes from elsewhere, in the caller's transaction; {@link #changed} after it. */
    public void adopt(Adopted adopted) {
        workspaces.insert(adopted);
    }

    /** @return what was made of a wish for a copy. @throws Problem when the id was used for another wish */
    public Optional<WorkspaceId> copied(CopyWish wish) {
        return creation.made(wish.request());
    }

    /**
     * A client's wish, which it may repeat.
     *
     * @param digest of what it wishes, at most 64 characters
     */
    public record CopyWish(String id, String digest) {

        WorkspaceRepository.Request request() {
            return new WorkspaceRepository.Request(id, digest);
        }
    }

    /**
     * @param asked the provider that a person wants; null: that of the other one, when it is here
     * @return the provider of a copy
     * @throws Problem when it cannot make one now
     */
    public String chooseForCopy(WorkspaceId source, @Nullable String asked) {
        return creation.chooseForCopy(row(source), asked);
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
        return creation.copy(row(source), snapshot, name, provider, wish == null ? null : wish.request());
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
        moves.up(id);
        return get(id);
    }

    /**
     * Begins to make it anew with what was in a snapshot, and to start it.
     *
     * @param snapshotId one that is whole
     * @throws Problem when it runs, or something else is being done to it
     */
    public Workspace restore(WorkspaceId id, String snapshotId) {
        moves.restore(id, snapshotId);
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
        moves.down(id, kill);
        return get(id);
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
        moves.delete(id, purge ? Work.PURGE : force ? Work.DROP : Work.DELETE);
        return find(id).orElse(now);
    }

    /**
     * Somebody says something to it right now: starts it when it rests, also after a failure.
     *
     * @param saidAt what was said before a person stopped it does not start it again
     */
    public void startFor(WorkspaceId id, Instant saidAt) {
        moves.startFor(id, saidAt, true);
    }

    /** Something that was said is still waiting for it: starts it when it is stopped. A failure is left for a person. */
    public void startForWaiting(WorkspaceId id, Instant saidAt) {
        moves.startFor(id, saidAt, false);
    }

    /** Somebody does something in it at this moment: it is not put to rest for a while. Cheap enough for each packet. */
    public void used(WorkspaceId id) {
        idle.used(id);
    }

    /**
     * It does not stop by itself before then.
     *
     * @param until null: it may
     * @throws Problem when it is unknown, or that is in the past or more than {@value RestWishes#MAX_AWAKE_DAYS} days away
     */
    public Workspace keepAwake(WorkspaceId id, @Nullable Instant until) {
        row(id);
        rest.keepAwake(id, until);
        return get(id);
    }

    /**
     * After so many minutes in which nobody needs it, it stops.
     *
     * @param minutes 0: never; null: as the project, or else the server, says
     * @param wholeProject for all workspaces of its project that have nothing of their own, instead of this one
     * @throws Problem when it is unknown, or that is more than {@value RestWishes#MAX_IDLE_MINUTES}
     */
    public Workspace idleMinutes(WorkspaceId id, @Nullable Integer minutes, boolean wholeProject) {
        WorkspaceRepository.Row row = row(id);
        if (wholeProject) {
            rest.projectIdleMinutes(row, minutes);
        } else {
            rest.idleMinutes(id, minutes);
        }
        return get(id);
    }

    private WorkspaceRepository.Row row(WorkspaceId id) {
        return workspaces.find(id).orElseThrow(() -> WorkspaceId.unknown(id.value()));
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
}
