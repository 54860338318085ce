package dev.claudevm.snapshot;

import dev.claudevm.config.CrashPoint;
import dev.claudevm.journal.JournalCopies;
import dev.claudevm.store.ObjectStore;
import dev.claudevm.store.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Removes the objects of workspaces that were purged, however long the store is away. Used by one thread. */
@Component
class Purges {

    private static final Logger log = LoggerFactory.getLogger(Purges.class);
    private static final Duration PAUSE = Duration.ofSeconds(30);

    private final SnapshotRepository repository;
    private final ObjectStore store;
    private final Passwords passwords;
    private final JournalCopies journals;
    private final Clock clock;
    private Instant notBefore = Instant.EPOCH;

    Purges(SnapshotRepository repository, ObjectStore store, Passwords passwords, JournalCopies journals, Clock clock) {
        this.repository = repository;
        this.store = store;
        this.passwords = passwords;
        this.journals = journals;
        this.clock = clock;
    }

    void work() {
        if (clock.instant().isBefore(notBefore)) {
            return;
        }
        for (String id : repository.purges()) {
            try {
                for (ObjectStore.Entry entry : store.list("workspaces/" + id + "/")) {
                    store.delete(entry.key());
                }
                store.sweep("workspaces/" + id + "/");
                CrashPoint.PURGE_REMOVED.reached(id);
                passwords.forget(id);
                journals.forget(id);
                repository.purged(id);
                log.info("{}: its snapshots and journals are removed", id);
            } catch (StoreException e) {
                log.warn("{}: its snapshots and journals are not removed yet: {}", id, e.getMessage());
                notBefore = clock.instant().plus(PAUSE);
                return;
            }
        }
    }
}
