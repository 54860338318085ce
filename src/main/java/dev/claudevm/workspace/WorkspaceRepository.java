package dev.claudevm.workspace;

import dev.claudevm.project.Project;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The table {@code workspace}. Moves are conditional updates: of two who want different things, one gets it. */
@Repository
class WorkspaceRepository {

    private static final String SELECT = """
            select w.*, p.name as project_name, p.source as project_source, p.created_at as project_created_at,
              p.idle_minutes as project_idle_minutes
            from workspace w join project p on p.id = w.project_id
            """;

    private final JdbcClient db;
    private final Clock clock;

    WorkspaceRepository(JdbcClient db, Clock clock) {
        this.db = db;
        this.clock = clock;
    }

    /** A workspace as it is stored. */
    record Row(
            WorkspaceId id,
            Project project,
            @Nullable String name,
            String provider,
            @Nullable String branch,
            @Nullable String image,
            WorkspaceState state,
            @Nullable Work work,
            boolean made,
            long generation,
            @Nullable String reason,
            @Nullable String todo,
            @Nullable Instant downAt,
            Rest rest,
            @Nullable String restoreFrom,
            @Nullable WorkspaceId forkedFrom,
            @Nullable String forkedSnapshot,
            Instant createdAt,
            Instant updatedAt) {}

    /**
     * When it is put to rest.
     *
     * @param idleMinutes 0: never; null: as the project says
     * @param projectIdleMinutes 0: never; null: as the server says
     * @param keepAwakeUntil not before then
     * @param rested it was
     */
    record Rest(
            @Nullable Integer idleMinutes,
            @Nullable Integer projectIdleMinutes,
            @Nullable Instant keepAwakeUntil,
            boolean rested) {

        /** @return after so long without use; zero: never */
        Duration limit(Duration otherwise) {
            Integer minutes = idleMinutes == null ? projectIdleMinutes : idleMinutes;
            return minutes == null ? otherwise : Duration.ofMinutes(minutes);
        }
    }

    /** A wish that a client may repeat. @param digest of what it wished */
    record Request(String id, String digest) {}

    /** What was made of a wish. */
    record Made(WorkspaceId workspace, String digest) {}

    Optional<Made> findRequest(String requestId) {
        return db.sql("select id, request_digest from workspace where request_id = ?")
                .param(requestId)
                .query((row, number) -> new Made(new WorkspaceId(row.getString(1)), row.getString(2)))
                .optional();
    }

    /** @throws org.springframework.dao.DuplicateKeyException when the id is taken, or the wish was heard */
    void insert(
            WorkspaceId id,
            Project project,
            @Nullable String name,
            String provider,
            @Nullable String branch,
            @Nullable String image,
            @Nullable Request request) {
        OffsetDateTime now = now();
        db.sql("""
                insert into workspace (id, project_id, name, provider, branch, image, state, work, made, generation, created_at, updated_at,
                  request_id, request_digest)
                values (?, ?, ?, ?, ?, ?, 'creating', 'up', false, 0, ?, ?, ?, ?)""")
                .params(Arrays.asList(
                        id.value(),
                        project.id(),
                        name,
                        provider,
                        branch,
                        image,
                        now,
                        now,
                        request == null ? null : request.id(),
                        request == null ? null : request.digest()))
                .update();
    }

    /** @throws org.springframework.dao.DuplicateKeyException when the id is taken */
    void insert(Adopted adopted) {
        db.sql("""
                insert into workspace (id, project_id, name, provider, branch, image, state, made, generation, idle_minutes, rested,
                  restore_from, created_at, updated_at)
                values (?, ?, ?, ?, ?, ?, 'stopped', false, 0, ?, false, ?, ?, ?)""")
                .params(Arrays.asList(
                        adopted.id().value(),
                        adopted.project().id(),
                        adopted.name(),
                        adopted.provider(),
                        adopted.branch(),
                        adopted.image(),
                        adopted.idleMinutes(),
                        adopted.snapshot(),
                        adopted.createdAt().atOffset(ZoneOffset.UTC),
                        now()))
                .update();
    }

    /**
     * One that begins as a copy.
     *
     * @param snapshot of the other one; null: its start makes one
     * @throws org.springframework.dao.DuplicateKeyException when the id is taken, or the wish was heard
     */
    void insert(
            WorkspaceId id,
            Row source,
            @Nullable String snapshot,
            @Nullable String name,
            String provider,
            @Nullable Request request) {
        OffsetDateTime now = now();
        db.sql("""
                insert into workspace (id, project_id, name, provider, branch, image, state, work, made, generation, idle_minutes, restore_from,
                  forked_from, forked_snapshot, created_at, updated_at, request_id, request_digest)
                values (?, ?, ?, ?, ?, ?, 'creating', 'up', false, 0, ?, ?, ?, ?, ?, ?, ?, ?)""")
                .params(Arrays.asList(
                        id.value(),
                        source.project().id(),
                        name,
                        provider,
                        source.branch(),
                        // Another provider may know none of that name.
                        provider.equals(source.provider()) ? source.image() : null,
                        source.rest().idleMinutes(),
                        snapshot,
                        source.id().value(),
                        snapshot,
                        now,
                        now,
                        request == null ? null : request.id(),
                        request == null ? null : request.digest()))
                .update();
    }

    /** What a copy begins with. */
    void copyOf(WorkspaceId id, String snapshotId) {
        db.sql("update workspace set restore_from = ?, forked_snapshot = ? where id = ?")
                .params(snapshotId, snapshotId, id.value())
                .update();
    }

    Optional<Row> find(WorkspaceId id) {
        return db.sql(SELECT + "where w.id = ?")
                .param(id.value())
                .query(WorkspaceRepository::row)
                .optional();
    }

    /** @return all that are not deleted, newest first */
    List<Row> alive() {
        return db.sql(SELECT + "where w.state <> 'deleted' order by w.created_at desc, w.id")
                .query(WorkspaceRepository::row)
                .list();
    }

    /** @return those of which the record is kept, the one that was deleted last first */
    List<Row> deleted() {
        return db.sql(SELECT + "where w.state = 'deleted' order by w.updated_at desc, w.id")
                .query(WorkspaceRepository::row)
                .list();
    }

    /** @return deleted ones too */
    List<Row> all() {
        return db.sql(SELECT).query(WorkspaceRepository::row).list();
    }

    /** @return all of that provider that are not deleted, oldest first */
    List<Row> ofProvider(String provider) {
        return db.sql(SELECT + "where w.provider = ? and w.state <> 'deleted' order by w.created_at, w.id")
                .param(provider)
                .query(WorkspaceRepository::row)
                .list();
    }

    /** Their provider is gone; they are stopped, or could not be. */
    void orphaned(String provider, String reason, String todo) {
        db.sql("""
                update workspace set reason = ?, todo = ?, rested = false, wake = false, updated_at = ?
                where provider = ? and work is null and state in ('stopped', 'failed')""").params(Arrays.asList(reason, todo, now(), provider)).update();
    }

    /** @return those with unfinished work, in the order in which it was begun */
    List<WorkspaceId> unfinished() {
        return db.sql("select id from workspace where work is not null order by updated_at, id")
                .query((row, number) -> new WorkspaceId(row.getString(1)))
                .list();
    }

    /** @return how many others run or are about to stop */
    int othersThatRun(WorkspaceId id) {
        return db.sql("select count(*) from workspace where id <> ? and state in ('running', 'stopping')")
                .param(id.value())
                .query(Integer.class)
                .single();
    }

    List<Row> running() {
        return db.sql(SELECT + "where w.state = 'running' and w.work is null")
                .query(WorkspaceRepository::row)
                .list();
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

    /** @param snapshotId what its start brings back; null: nothing any more */
    void restoreFrom(WorkspaceId id, @Nullable String snapshotId) {
        db.sql("update workspace set restore_from = ? where id = ?")
                .params(Arrays.asList(snapshotId, id.value()))
                .update();
    }

    boolean beginDown(WorkspaceId id) {
        OffsetDateTime now = now();
        return db.sql("""
                update workspace set state = 'stopping', work = 'down', rested = false, reason = null, todo = null, down_at = ?, updated_at = ?
                where id = ? and work is null and state in ('running', 'failed')""").params(Arrays.asList(now, now, id.value())).update() == 1;
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

    void keepAwake(WorkspaceId id, @Nullable Instant until) {
        db.sql("update workspace set keep_awake_until = ? where id = ?")
                .params(Arrays.asList(until == null ? null : until.atOffset(ZoneOffset.UTC), id.value()))
                .update();
    }

    void idleMinutes(WorkspaceId id, @Nullable Integer minutes) {
        db.sql("update workspace set idle_minutes = ? where id = ?")
                .params(Arrays.asList(minutes, id.value()))
                .update();
    }

    /** Of its project: for all workspaces that say nothing of their own. */
    void projectIdleMinutes(WorkspaceId id, @Nullable Integer minutes) {
        db.sql("update project set idle_minutes = ? where id = (select project_id from workspace where id = ?)")
                .params(Arrays.asList(minutes, id.value()))
                .update();
    }

    /** Overrides a start and a stop: they end at their next step. */
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

    /** @return false when something else is being done by now: then nothing was changed */
    boolean finish(WorkspaceId id, Work work, WorkspaceState state, @Nullable String reason, @Nullable String todo) {
        return db.sql("""
                update workspace set state = ?, work = null, reason = ?, todo = ?, updated_at = ? where id = ? and work = ?""")
                        .params(Arrays.asList(state.word(), cut(reason), cut(todo), now(), id.value(), work.word()))
                        .update()
                == 1;
    }

    boolean endedByItself(WorkspaceId id, long generation, String reason, String todo) {
        return db.sql("""
                update workspace set state = 'stopped', reason = ?, todo = ?, updated_at = ?
                where id = ? and state = 'running' and work is null and generation = ?""")
                        .params(Arrays.asList(reason, todo, now(), id.value(), generation))
                        .update()
                == 1;
    }

    void remove(WorkspaceId id) {
        db.sql("delete from workspace where id = ?").param(id.value()).update();
    }

    private OffsetDateTime now() {
        return clock.instant().atOffset(ZoneOffset.UTC);
    }

    private static @Nullable String cut(@Nullable String text) {
        return text == null || text.length() <= 4000 ? text : text.substring(0, 3999) + "…";
    }

    private static Row row(ResultSet row, int number) throws SQLException {
        String work = row.getString("work");
        return new Row(
                new WorkspaceId(row.getString("id")),
                new Project(
                        row.getString("project_id"),
                        row.getString("project_name"),
                        row.getString("project_source"),
                        instant(row, "project_created_at")),
                row.getString("name"),
                row.getString("provider"),
                row.getString("branch"),
                row.getString("image"),
                WorkspaceState.of(row.getString("state")),
                work == null ? null : Work.of(work),
                row.getBoolean("made"),
                row.getLong("generation"),
                row.getString("reason"),
                row.getString("todo"),
                instantOrNull(row, "down_at"),
                new Rest(
                        row.getObject("idle_minutes", Integer.class),
                        row.getObject("project_idle_minutes", Integer.class),
                        instantOrNull(row, "keep_awake_until"),
                        row.getBoolean("rested")),
                row.getString("restore_from"),
                row.getString("forked_from") == null ? null : new WorkspaceId(row.getString("forked_from")),
                row.getString("forked_snapshot"),
                instant(row, "created_at"),
                instant(row, "updated_at"));
    }

    private static @Nullable Instant instantOrNull(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
