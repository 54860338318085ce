package dev.claudevm.workspace;

import dev.claudevm.config.CrashPoint;
import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.BridgeException;
import dev.claudevm.gateway.Gateway;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** What the lifecycle asks of the {@link Keeper}, when there is one: to keep a workspace's files before its end, and to bring them back. */
@Component
class Keeping {

    private static final Logger log = LoggerFactory.getLogger(Keeping.class);

    private final ObjectProvider<Keeper> keeper;
    private final WorkspaceStates states;
    private final Gateway gateway;
    private final TransactionTemplate transaction;

    /** @param keeper knows the workspaces itself, so it is had when it is needed */
    Keeping(ObjectProvider<Keeper> keeper, WorkspaceStates states, Gateway gateway, TransactionTemplate transaction) {
        this.keeper = keeper;
        this.states = states;
        this.gateway = gateway;
        this.transaction = transaction;
    }

    private Optional<Keeper> keeper() {
        return Optional.ofNullable(keeper.getIfAvailable());
    }

    /** @return how its files are kept; empty: nothing was tried yet */
    Optional<Keeper.Kept> kept(WorkspaceId id) {
        return keeper().flatMap(known -> known.kept(id));
    }

    /** @return the newest snapshot that is whole; empty: there is none */
    Optional<String> newest(WorkspaceId id) {
        return keeper().flatMap(known -> known.newest(id));
    }

    /** @return what went wrong; empty: its files are kept, or nothing runs that could keep them */
    Optional<Keeper.Trouble> beforeEnd(WorkspaceRepository.Row row, Progress progress) {
        return tried(row, false, progress).flatMap(Tried::trouble);
    }

    /** @return why what it has would be lost; empty: it is kept, or there is nothing any more */
    Optional<Keeper.Trouble> beforeDeletion(WorkspaceRepository.Row row, Provider provider, Progress progress)
            throws ProviderException {
        Optional<Tried> tried = tried(row, true, progress);
        if (tried.isPresent()) {
            return tried.get().trouble();
        }
        return !row.made() || provider.status(row.id().value()) == Provider.Status.ABSENT
                ? Optional.empty()
                : keeper().flatMap(known -> known.unkept(row.id()));
    }

    /** Something was done to keep its files, or need not be. */
    private record Tried(Optional<Keeper.Trouble> trouble) {}

    /** @return empty: nothing runs that could keep its files */
    private Optional<Tried> tried(WorkspaceRepository.Row row, boolean deleted, Progress progress) {
        if (row.restoreFrom() != null) {
            // What is back in part must not become the newest that there is.
            return Optional.of(new Tried(Optional.empty()));
        }
        return gateway.bridge(row.id().value())
                .map(bridge ->
                        new Tried(keeper().flatMap(known -> known.beforeEnd(row.id(), bridge, deleted, progress))));
    }

    /** @return the snapshot that its start is to bring back: the one that was asked for, what a copy begins with, or the newest when its provider has lost it */
    @Nullable
    String toBring(WorkspaceRepository.Row row, Provider provider, Progress progress) throws ProviderException {
        WorkspaceId source = row.forkedFrom();
        if (source != null && row.forkedSnapshot() == null) {
            String chosen = keeper.getObject().copied(source, row.createdAt(), progress);
            states.copyOf(row.id(), chosen);
            CrashPoint.FORK_CHOSEN.reached(source.value());
            return chosen;
        }
        if (row.restoreFrom() != null || !row.made() || provider.status(row.id().value()) != Provider.Status.ABSENT) {
            return row.restoreFrom();
        }
        String newest = newest(row.id()).orElse(row.forkedSnapshot());
        if (newest != null) {
            log.warn("{}: its provider has lost it; it is made anew from its newest snapshot", row.id());
            states.restoreFrom(row.id(), newest);
        }
        return newest;
    }

    /** Until all is back nobody may find a conversation: the bridge waits, also through a restart of ours, which begins again. */
    void bring(WorkspaceId id, String snapshot, Progress progress) throws ProviderException {
        BridgeClient bridge = gateway.bridge(id.value())
                .orElseThrow(() ->
                        new ProviderException("The bridge went away while its files were to come.", "Try again."));
        String when = keeper.getObject().restore(id, bridge, snapshot, progress);
        try {
            bridge.restored("This workspace was made anew from its snapshot of " + when
                    + ". What was changed in it after that is gone.");
        } catch (BridgeException e) {
            throw new ProviderException(
                    "The conversations could not be brought back: " + e.getMessage(), "Try again.", e);
        }
        CrashPoint.RESTORE_ENDED.reached(id.value());
        transaction.executeWithoutResult(status -> {
            states.restoreFrom(id, null);
            gateway.restored(id.value());
        });
        CrashPoint.RESTORE_SETTLED.reached(id.value());
        try {
            bridge.begin();
        } catch (BridgeException e) {
            log.info("{}: its bridge was not told that it may begin: {}", id, e.getMessage());
            // Then its next welcome tells it.
            gateway.welcomeAgain(id.value());
        }
    }

    /** What was kept of it goes too, sooner or later. */
    void purge(WorkspaceId id) {
        keeper().ifPresent(known -> known.purge(id));
    }
}
