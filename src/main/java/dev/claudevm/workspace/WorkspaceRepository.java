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

/** The table {@code workspace}: rows as they come to be, are looked up, and go. How their state moves is in {@link WorkspaceStates}. */
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

    void remove(WorkspaceId id) {
        db.sql("delete from workspace where id = ?").param(id.value()).update();
    }

    private OffsetDateTime now() {
        return clock.instant().atOffset(ZoneOffset.UTC);
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
