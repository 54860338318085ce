package dev.claudevm.snapshot;

import dev.claudevm.secret.Secrets;
import dev.claudevm.store.ObjectStore;
import dev.claudevm.store.StoreException;
import dev.claudevm.workspace.WorkspaceId;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Looks after repositories: old snapshots are forgotten, what only they had is removed, and it is checked that everything is
 * there. Only the control plane can do that. One repository at a time; used by one thread.
 */
@Component
class Upkeep {

    private static final Logger log = LoggerFactory.getLogger(Upkeep.class);
    private static final Duration LONGEST = Duration.ofHours(2);
    private static final Duration EVERY = Duration.ofDays(1);
    private static final int WORDS = 600;

    private final SnapshotRepository repository;
    private final Lanes lanes;
    private final Passwords passwords;
    private final LocalRestic restic;
    private final Repair repair;
    private final ObjectStore store;
    private final Clock clock;

    Upkeep(
            SnapshotRepository repository,
            Lanes lanes,
            Passwords passwords,
            LocalRestic restic,
            Repair repair,
            ObjectStore store,
            Clock clock) {
        this.repository = repository;
        this.lanes = lanes;
        this.passwords = passwords;
        this.restic = restic;
        this.repair = repair;
        this.store = store;
        this.clock = clock;
    }

    /** Does it for the workspace that has waited longest, when one has waited for a day. */
    void work() {
        repository.neglected(clock.instant().minus(EVERY)).ifPresent(this::keep);
    }

    private void keep(WorkspaceId id) {
        try (Lanes.Turn _ = lanes.enter(id)) {
            if (lanes.isHeld(id)) {
                return;
            }
            Optional<String> problem = keep(id, 10, 24, 14, 8);
            problem.ifPresent(found -> log.error("{}: {}", id, found));
            repository.kept(id, clock.instant(), problem.orElse(null));
        }
    }

    /**
     * @param last so many of the newest, and the newest of so many hours, days and weeks, are kept
     * @return what is wrong with the repository; empty: nothing
     */
    Optional<String> keep(WorkspaceId id, int last, int hours, int days, int weeks) {
        Instant begun = clock.instant();
        try {
            String password = passwords.of(id);
            store.sweep(ResticBackend.repository(id.value()));
            LocalRestic.Ended unlocked = restic.run(id.value(), password, LONGEST, "unlock", "--remove-all");
            if (unlocked.code() != 0) {
                return Optional.of("Its snapshots cannot be read: " + end(unlocked.said()));
            }
            LocalRestic.Ended forgotten = restic.run(
                    id.value(),
                    password,
                    LONGEST,
                    "forget",
                    "--group-by",
                    "host",
                    "--keep-last",
                    String.valueOf(last),
                    "--keep-hourly",
                    String.valueOf(hours),
                    "--keep-daily",
                    String.valueOf(days),
                    "--keep-weekly",
                    String.valueOf(weeks),
                    "--prune");
            forgetRecords(id, begun);
            LocalRestic.Ended checked =
                    forgotten.code() != 0 ? forgotten : restic.run(id.value(), password, LONGEST, "check");
            return checked.code() == 0 ? Optional.empty() : damaged(id, end(checked.said()));
        } catch (LocalRestic.Lost e) {
            return damaged(id, String.valueOf(e.getMessage()));
        } catch (IOException | StoreException | Secrets.Unreadable e) {
            return Optional.of("Its snapshots could not be checked: " + e.getMessage());
        }
    }

    /** @return what a person should know; nothing when only old snapshots are concerned: they say it themselves */
    private Optional<String> damaged(WorkspaceId id, String what) {
        try {
            repair.work(id);
        } catch (IOException | Secrets.Unreadable e) {
            return Optional.of("Its snapshots are damaged (" + what + ") and cannot be repaired: " + e.getMessage());
        }
        return repair.leansOnDamage(id)
                ? Optional.of(
                        "Its snapshots are damaged, the newest too: " + what + " The next one will be whole again.")
                : Optional.empty();
    }

    /** What is not in the store is not shown. */
    private void forgetRecords(WorkspaceId id, Instant begun) throws StoreException {
        Set<String> there = new HashSet<>();
        for (ObjectStore.Entry entry : store.list(ResticBackend.repository(id.value()) + "snapshots/")) {
            there.add(entry.key().substring(entry.key().lastIndexOf('/') + 1));
        }
        for (Snapshot known : repository.of(id, 10_000)) {
            String name = known.resticId();
            if (name != null && !there.contains(name) && known.begunAt().isBefore(begun)) {
                repository.forget(known.id());
            }
        }
    }

    private static String end(String said) {
        String text = said.strip();
        return text.length() <= WORDS ? text : "…" + text.substring(text.length() - WORDS);
    }
}
