package dev.claudevm.workspace;

import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** How a workspace's state moves, in the table {@code workspace}. Moves are conditional updates: of two who want different things, one gets it. */
@Repository
class WorkspaceStates {

    private final JdbcClient db;
    private final Clock clock;

    WorkspaceStates(JdbcClient db, Clock clock) {
        this.db = db;
        this.clock = clock;
    }

    /** @return whether it was stopped or failed and now is on its way up */
    boolean beginUp(WorkspaceId id) {
        return db.sql("""
                update workspace set state = 'creating', work = 'up', rested = false, reason = null, todo = null, updated_at = ?
                where id = ? and work is null and state in ('stopped', 'failed')""").params(Arrays.asList(now(), id.value())).update() == 1;
    }

    /** @return whether it did not run and now is on its way up with what was in a snapshot */
    boolean beginRestore(WorkspaceId id, String snapshotId) {
        return db.sql("""
                update workspace set state = 'creating', work = 'up', restore_from = ?, reason = null, todo = null, updated_at = ?
                where id = ? and work is null and state in ('stopped', 'failed', 'deleted')""").params(Arrays.asList(snapshotId, now(), id.value())).update() == 1;
    }

    /** @return whether it ran or had failed and now is stopping */
    boolean beginDown(WorkspaceId id) {
        OffsetDateTime now = now();
        return db.sql("""
                update workspace set state = 'stopping', work = 'down', rested = false, reason = null, todo = null, down_at = ?, updated_at = ?
                where id = ? and work is null and state in ('running', 'failed')""").params(Arrays.asList(now, now, id.value())).update() == 1;
    }

    /** Overrides a start and a stop: they end at their next step. @return whether it is made and now is stopping */
    boolean beginKill(WorkspaceId id) {
        OffsetDateTime now = now();
        return db.sql("""
                update workspace set state = 'stopping', work = 'kill', rested = false, reason = null, todo = null, down_at = ?, updated_at = ?
                where id = ? and made and (work is null or work in ('up', 'down', 'rest'))
                and state in ('creating', 'running', 'stopping', 'failed')""").params(Arrays.asList(now, now, id.value())).update() == 1;
    }

    /** Overrides whatever else is being done: that ends at its next step. */
    void beginDelete(WorkspaceId id, Work deleteOrPurge) {
        db.sql("""
                update workspace set state = case when state = 'deleted' then state else 'stopping' end,
                work = ?, reason = null, todo = null, updated_at = ?
                where id = ? and (work is null or work <> 'purge')""")
                .params(Arrays.asList(deleteOrPurge.word(), now(), id.value()))
                .update();
    }

    /** @return whether it ran, and may be put to rest now; unlike a person's stop it can be undone by what was said before */
    boolean beginRest(WorkspaceId id) {
        OffsetDateTime now = now();
        return db.sql("""
                update workspace set state = 'stopping', work = 'rest', wake = false, reason = null, todo = null, updated_at = ?
                where id = ? and work is null and state = 'running' and (keep_awake_until is null or keep_awake_until <= ?)""").params(Arrays.asList(now, id.value(), now)).update() == 1;
    }

    /** @return whether it is being put to rest: it starts again when that is done */
    boolean wakeAfterRest(WorkspaceId id) {
        return db.sql("update workspace set wake = true where id = ? and work = 'rest'")
                        .param(id.value())
                        .update()
                == 1;
    }

    /** What was being put to rest has stopped, and starts again when somebody wants it by now. */
    void rested(WorkspaceId id, String reason) {
        db.sql("""
                update workspace set state = case when wake then 'creating' else 'stopped' end,
                work = case when wake then 'up' else null end, reason = case when wake then null else ? end,
                todo = null, rested = not wake, wake = false, updated_at = ? where id = ? and work = 'rest'""").params(Arrays.asList(reason, now(), id.value())).update();
    }

    /** Whether its provider has it. */
    void made(WorkspaceId id, boolean made) {
        db.sql("update workspace set made = ? where id = ?")
                .params(Arrays.asList(made, id.value()))
                .update();
    }

    /** @return the new generation */
    long nextGeneration(WorkspaceId id) {
        db.sql("update workspace set generation = generation + 1 where id = ?")
                .param(id.value())
                .update();
        return db.sql("select generation from workspace where id = ?")
                .param(id.value())
                .query(Long.class)
                .single();
    }

    /** What a copy begins with. */
    void copyOf(WorkspaceId id, String snapshotId) {
        db.sql("update workspace set restore_from = ?, forked_snapshot = ? where id = ?")
                .params(snapshotId, snapshotId, id.value())
                .update();
    }

    /** @param snapshotId what its start brings back; null: nothing any more */
    void restoreFrom(WorkspaceId id, @Nullable String snapshotId) {
        db.sql("update workspace set restore_from = ? where id = ?")
                .params(Arrays.asList(snapshotId, id.value()))
                .update();
    }

    /** @return false when something else is being done by now: then nothing was changed */
    boolean finish(WorkspaceId id, Work work, WorkspaceState state, @Nullable String reason, @Nullable String todo) {
        return db.sql("""
                update workspace set state = ?, work = null, reason = ?, todo = ?, updated_at = ? where id = ? and work = ?""")
                        .params(Arrays.asList(state.word(), cut(reason), cut(todo), now(), id.value(), work.word()))
                        .update()
                == 1;
    }

    /** @return whether it ran in that generation, and nothing was being done to it: then it is stopped now */
    boolean endedByItself(WorkspaceId id, long generation, String reason, String todo) {
        return db.sql("""
                update workspace set state = 'stopped', reason = ?, todo = ?, updated_at = ?
                where id = ? and state = 'running' and work is null and generation = ?""")
                        .params(Arrays.asList(reason, todo, now(), id.value(), generation))
                        .update()
                == 1;
    }

    /** Their provider is gone; they are stopped, or could not be. */
    void orphaned(String provider, String reason, String todo) {
        db.sql("""
                update workspace set reason = ?, todo = ?, rested = false, wake = false, updated_at = ?
                where provider = ? and work is null and state in ('stopped', 'failed')""").params(Arrays.asList(reason, todo, now(), provider)).update();
    }

    private OffsetDateTime now() {
        return clock.instant().atOffset(ZoneOffset.UTC);
    }

    private static @Nullable String cut(@Nullable String text) {
        return text == null || text.length() <= 4000 ? text : text.substring(0, 3999) + "…";
    }
}
