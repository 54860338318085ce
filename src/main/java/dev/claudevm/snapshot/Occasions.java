package dev.claudevm.snapshot;

import dev.claudevm.conversation.Conversation;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.gateway.Gateway;
import dev.claudevm.workspace.Rounds;
import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import dev.claudevm.workspace.WorkspaceState;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Makes snapshots by themselves: when an agent has come to rest, and at intervals while it works. Derived from what is so,
 * not from what has happened: a restart forgets nothing. Also removes what was purged.
 */
@Component
class Occasions implements SmartLifecycle {

    private static final Duration UPKEEP = Duration.ofMinutes(5);
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Making making;
    private final Lanes lanes;
    private final SnapshotRepository repository;
    private final Purges purges;
    private final ConversationService conversations;
    private final WorkspaceService workspaces;
    private final Gateway gateway;
    private final SnapshotSettings settings;
    private final Clock clock;
    private final Upkeep upkeep;
    private final Transfers transfers;
    private volatile @Nullable Rounds rounds;
    private volatile @Nullable Rounds upkeepRounds;

    Occasions(
            Making making,
            Lanes lanes,
            SnapshotRepository repository,
            Purges purges,
            ConversationService conversations,
            WorkspaceService workspaces,
            Gateway gateway,
            SnapshotSettings settings,
            Upkeep upkeep,
            Transfers transfers,
            Clock clock) {
        this.making = making;
        this.lanes = lanes;
        this.repository = repository;
        this.purges = purges;
        this.conversations = conversations;
        this.workspaces = workspaces;
        this.gateway = gateway;
        this.settings = settings;
        this.upkeep = upkeep;
        this.transfers = transfers;
        this.clock = clock;
    }

    private void round() {
        Rounds.each(workspaces.list(), Workspace::id, this::look);
        purges.work();
    }

    private void look(Workspace workspace) {
        WorkspaceId id = workspace.id();
        if (!workspace.online() || workspace.state() != WorkspaceState.RUNNING || lanes.busy(id)) {
            return;
        }
        Snapshot.Why why = due(
                conversations.of(id),
                repository.newest(id).orElse(null),
                repository.newestDone(id).orElse(null),
                workspace.createdAt());
        if (why == null) {
            return;
        }
        gateway.bridge(id.value())
                .ifPresent(bridge -> Thread.ofVirtual()
                        .name("snapshot-" + id)
                        .start(() -> making.make(id, bridge, why, settings.longest(), line -> {})));
    }

    /** @return what a snapshot is to be made for now; null: none is */
    private Snapshot.@Nullable Why due(
            List<Conversation> talks, @Nullable Snapshot last, @Nullable Snapshot good, Instant madeAt) {
        long mark = talks.stream().mapToLong(Conversation::lastSeq).sum();
        if (mark <= (good == null ? 0 : good.mark())) {
            return null;
        }
        Duration since = Duration.between(
                last == null ? madeAt : Optional.ofNullable(last.endedAt()).orElse(last.begunAt()), clock.instant());
        boolean working = talks.stream().anyMatch(Conversation::working);
        if (working) {
            return since.compareTo(settings.interval()) >= 0 ? Snapshot.Why.INTERVAL : null;
        }
        boolean first = last == null && talks.stream().anyMatch(talk -> talk.turnFinishedSeq() > 0);
        return first || (last != null && since.compareTo(settings.gap()) >= 0) ? Snapshot.Why.REST : null;
    }

    @Override
    public void start() {
        repository.incoming().forEach(transfers::abandon);
        repository.failUnfinished("The server ended in the middle of it.", "Nothing: it is made again.");
        rounds = Rounds.begin("snapshots", settings.look(), settings.look(), this::round);
        // Apart from the others: it may take hours.
        upkeepRounds = Rounds.begin("snapshot upkeep", UPKEEP, UPKEEP, upkeep::work);
    }

    @Override
    public void stop() {
        Rounds keepingUp = upkeepRounds;
        if (keepingUp != null) {
            keepingUp.end(Duration.ZERO);
        }
        Rounds going = rounds;
        rounds = null;
        if (going != null) {
            going.end(PATIENCE);
        }
    }

    @Override
    public boolean isRunning() {
        return rounds != null;
    }

    /** Before the workspaces' own work goes on: that may make snapshots. */
    @Override
    public int getPhase() {
        return 50;
    }
}
