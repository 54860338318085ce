package dev.claudevm.snapshot;

import dev.claudevm.secret.Secrets;
import dev.claudevm.workspace.WorkspaceId;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Makes a repository usable again of which the store has lost objects. restic trusts its index: until that says what is
 * missing, new snapshots lean on it. Called while nothing else uses the repository.
 */
@Component
class Repair {

    private static final Logger log = LoggerFactory.getLogger(Repair.class);
    private static final Duration LONGEST = Duration.ofHours(2);
    private static final int SNAPSHOTS = 10_000;

    static final String LACKS = "The object store has lost a part of it.";
    private static final String TAKE_ANOTHER =
            "Bring back another one. What it still has can be taken out of it: claude-vm snapshot get.";

    private final SnapshotRepository snapshots;
    private final Passwords passwords;
    private final LocalRestic restic;

    Repair(SnapshotRepository snapshots, Passwords passwords, LocalRestic restic) {
        this.snapshots = snapshots;
        this.passwords = passwords;
        this.restic = restic;
    }

    /**
     * The index says what there is from now on, and which snapshots lack something is written down.
     *
     * @throws IOException when it did not work
     * @throws Secrets.Unreadable when there is no key to its password
     */
    void work(WorkspaceId id) throws IOException, Secrets.Unreadable {
        // Of a restic that was ended when it asked for what is lost.
        LocalRestic.Ended _ = run(id, "unlock", "--remove-all");
        LocalRestic.Ended rebuilt = run(id, "rebuild-index");
        if (rebuilt.code() != 0) {
            throw new IOException(rebuilt.said().strip());
        }
        judge(id);
    }

    /** Looks which snapshots are whole. @return how many are not */
    int judge(WorkspaceId id) throws IOException, Secrets.Unreadable {
        List<Snapshot> known = snapshots.of(id, SNAPSHOTS).stream()
                .filter(snapshot ->
                        snapshot.state() == Snapshot.State.DONE || snapshot.state() == Snapshot.State.DAMAGED)
                .toList();
        int damaged = 0;
        for (Snapshot snapshot : known) {
            // Walks all its folders, and looks up all parts of its files in the index.
            if (run(id, "stats", "--mode", "raw-data", String.valueOf(snapshot.resticId()))
                            .code()
                    == 0) {
                snapshots.healed(snapshot.id());
            } else {
                damaged++;
                snapshots.damaged(snapshot.id(), LACKS, TAKE_ANOTHER);
                log.warn("{}: its snapshot of {} lacks something", id, snapshot.begunAt());
            }
        }
        return damaged;
    }

    /** @return whether the next snapshot must not lean on the one before */
    boolean leansOnDamage(WorkspaceId id) {
        return snapshots.of(id, SNAPSHOTS).stream()
                .filter(snapshot -> snapshot.resticId() != null)
                .findFirst()
                .filter(newest -> newest.state() == Snapshot.State.DAMAGED)
                .isPresent();
    }

    private LocalRestic.Ended run(WorkspaceId id, String... words) throws IOException, Secrets.Unreadable {
        return restic.run(id.value(), passwords.of(id), LONGEST, words);
    }
}
