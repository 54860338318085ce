package dev.claudevm.snapshot;

import dev.claudevm.protocol.Json;
import dev.claudevm.protocol.Snapshots.LeftOut;
import dev.claudevm.protocol.Snapshots.Line;
import dev.claudevm.protocol.Snapshots.Roots;
import dev.claudevm.workspace.WorkspaceId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The tables {@code snapshot} and {@code purge}. */
@Repository
class SnapshotRepository {

    private static final int TEXT_CHARS = 4000;

    private final JdbcClient db;
    private final Clock clock;

    SnapshotRepository(JdbcClient db, Clock clock) {
        this.db = db;
        this.clock = clock;
    }

    Snapshot begin(WorkspaceId workspace, Snapshot.Why why, long mark) {
        String id = UUID.randomUUID().toString();
        db.sql("""
                insert into snapshot (id, workspace_id, why, state, files, bytes, added, mark, generation, begun_at)
                select ?, id, ?, 'making', 0, 0, 0, ?, generation, ? from workspace where id = ?""").params(id, why.word(), mark, now(), workspace.value()).update();
        return find(id).orElseThrow();
    }

    /** A record that comes from elsewhere. */
    void insert(Snapshot s) {
        db.sql("""
                insert into snapshot (id, workspace_id, why, state, restic_id, files, bytes, added, roots, left_out, unread, mark, begun_at,
                  ended_at)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""")
                .params(Arrays.asList(
                        s.id(),
                        s.workspace().value(),
                        s.why().word(),
                        s.state().word(),
                        s.resticId(),
                        s.files(),
                        s.bytes(),
                        s.added(),
                        Json.MAPPER.writeValueAsString(s.roots()),
                        Json.MAPPER.writeValueAsString(s.leftOut()),
                        Json.MAPPER.writeValueAsString(s.unread()),
                        s.mark(),
                        s.begunAt().atOffset(ZoneOffset.UTC),
                        s.endedAt() == null ? null : s.endedAt().atOffset(ZoneOffset.UTC)))
                .update();
    }

    void done(String id, String resticId, Line line) {
        db.sql("""
                update snapshot set state = 'done', restic_id = ?, files = ?, bytes = ?, added = ?, roots = ?, left_out = ?, unread = ?,
                ended_at = ? where id = ?""")
                .params(Arrays.asList(
                        resticId,
                        line.files(),
                        line.bytes(),
                        line.added(),
                        Json.MAPPER.writeValueAsString(line.roots()),
                        Json.MAPPER.writeValueAsString(line.leftOut() == null ? List.of() : line.leftOut()),
                        Json.MAPPER.writeValueAsString(line.unread() == null ? List.of() : line.unread()),
                        now(),
                        id))
                .update();
    }

    void failed(String id, String error, String todo) {
        db.sql(
                        "update snapshot set state = 'failed', error = ?, todo = ?, ended_at = ? where id = ? and state = 'making'")
                .params(cut(error), cut(todo), now(), id)
                .update();
    }

    void damaged(String id, String error, String todo) {
        db.sql("update snapshot set state = 'damaged', error = ?, todo = ? where id = ? and state = 'done'")
                .params(cut(error), cut(todo), id)
                .update();
    }

    /** What was lost is there again. */
    void healed(String id) {
        db.sql("update snapshot set state = 'done', error = null, todo = null where id = ? and state = 'damaged'")
                .param(id)
                .update();
    }

    /** Those that a process that is gone was making. */
    void failUnfinished(String error, String todo) {
        db.sql("update snapshot set state = 'failed', error = ?, todo = ?, ended_at = ? where state = 'making'")
                .params(error, todo, now())
                .update();
    }

    Optional<Snapshot> find(String id) {
        return db.sql("select * from snapshot where id = ?")
                .param(id)
                .query(SnapshotRepository::row)
                .optional();
    }

    /** @return newest first */
    List<Snapshot> of(WorkspaceId workspace, int limit) {
        return db.sql("select * from snapshot where workspace_id = ? order by begun_at desc, id limit ?")
                .params(workspace.value(), limit)
                .query(SnapshotRepository::row)
                .list();
    }

    Optional<Snapshot> newest(WorkspaceId workspace) {
        return of(workspace, 1).stream().findFirst();
    }

    Optional<Snapshot> newestDone(WorkspaceId workspace) {
        return db.sql(
                        "select * from snapshot where workspace_id = ? and state = 'done' order by begun_at desc, id limit 1")
                .param(workspace.value())
                .query(SnapshotRepository::row)
                .optional();
    }

    /** @return the first of those that are whole and were begun then or later */
    Optional<Snapshot> firstDone(WorkspaceId workspace, Instant then) {
        return db.sql("""
                select * from snapshot where workspace_id = ? and state = 'done' and begun_at >= ? order by begun_at, id limit 1""")
                .params(workspace.value(), then.atOffset(ZoneOffset.UTC))
                .query(SnapshotRepository::row)
                .optional();
    }

    /** @return whether the newest that is whole was made while the workspace was stopped or deleted, and it was not started since */
    boolean madeAtItsEnd(WorkspaceId workspace) {
        return db.sql("""
                select s.why in ('stop', 'delete') and s.generation = w.generation
                from snapshot s join workspace w on w.id = s.workspace_id
                where s.workspace_id = ? and s.state = 'done' order by s.begun_at desc, s.id limit 1""")
                .param(workspace.value())
                .query(Boolean.class)
                .optional()
                .orElse(false);
    }

    /** Attempts that failed are of interest for a while only. */
    void forgetFailed(WorkspaceId workspace) {
        db.sql("delete from snapshot where workspace_id = ? and state = 'failed' and begun_at < ?")
                .params(workspace.value(), now().minusDays(1))
                .update();
    }

    void forget(String id) {
        db.sql("delete from snapshot where id = ?").param(id).update();
    }

    /** @return the workspace with snapshots that nobody has looked after since, of several the one that waits longest */
    Optional<WorkspaceId> neglected(Instant since) {
        return db.sql("""
                select s.workspace_id from snapshot s left join upkeep u on u.workspace_id = s.workspace_id
                where s.state = 'done' and s.begun_at < ? and (u.done_at is null or u.done_at < ?)
                order by u.done_at, s.begun_at limit 1""")
                .params(since.atOffset(ZoneOffset.UTC), since.atOffset(ZoneOffset.UTC))
                .query((row, number) -> new WorkspaceId(row.getString(1)))
                .optional();
    }

    void kept(WorkspaceId workspace, Instant at, @Nullable String problem) {
        db.sql("delete from upkeep where workspace_id = ?")
                .param(workspace.value())
                .update();
        db.sql("insert into upkeep (workspace_id, done_at, problem) values (?, ?, ?)")
                .params(Arrays.asList(
                        workspace.value(), at.atOffset(ZoneOffset.UTC), problem == null ? null : cut(problem)))
                .update();
    }

    /** Something is wrong with its snapshots, whenever they were checked last. */
    void damaged(WorkspaceId workspace, String problem) {
        kept(workspace, clock.instant(), problem);
    }

    /** Nothing is wrong with the newest any more. */
    void wellAgain(WorkspaceId workspace) {
        db.sql("update upkeep set problem = null where workspace_id = ?")
                .param(workspace.value())
                .update();
    }

    /** @return what was wrong when its snapshots were checked last */
    Optional<String> damage(WorkspaceId workspace) {
        return db.sql("select problem from upkeep where workspace_id = ? and problem is not null")
                .param(workspace.value())
                .query(String.class)
                .optional();
    }

    void purge(WorkspaceId workspace) {
        db.sql("delete from purge where workspace_id = ?")
                .param(workspace.value())
                .update();
        db.sql("insert into purge (workspace_id, asked_at) values (?, ?)")
                .params(workspace.value(), now())
                .update();
    }

    List<String> purges() {
        return db.sql("select workspace_id from purge order by asked_at")
                .query(String.class)
                .list();
    }

    void purged(String workspaceId) {
        db.sql("delete from purge where workspace_id = ?").param(workspaceId).update();
    }

    /** @return false: a repository of that workspace is coming, or is being removed */
    boolean expect(WorkspaceId workspace) {
        boolean leaving = db.sql("select count(*) from purge where workspace_id = ?")
                        .param(workspace.value())
                        .query(Integer.class)
                        .single()
                > 0;
        try {
            return !leaving
                    && db.sql("insert into incoming (workspace_id, begun_at) values (?, ?)")
                                    .params(workspace.value(), now())
                                    .update()
                            == 1;
        } catch (DuplicateKeyException coming) {
            return false;
        }
    }

    /** The repository that was expected is here, or does not come. */
    void settled(WorkspaceId workspace) {
        db.sql("delete from incoming where workspace_id = ?")
                .param(workspace.value())
                .update();
    }

    /** @return what was coming to a process that is gone */
    List<WorkspaceId> incoming() {
        return db.sql("select workspace_id from incoming")
                .query((row, number) -> new WorkspaceId(row.getString(1)))
                .list();
    }

    private OffsetDateTime now() {
        return clock.instant().atOffset(ZoneOffset.UTC);
    }

    private static String cut(String text) {
        return text.length() <= TEXT_CHARS ? text : text.substring(0, TEXT_CHARS - 1) + "…";
    }

    private static Snapshot row(ResultSet row, int number) throws SQLException {
        String roots = row.getString("roots");
        OffsetDateTime ended = row.getObject("ended_at", OffsetDateTime.class);
        return new Snapshot(
                row.getString("id"),
                new WorkspaceId(row.getString("workspace_id")),
                Snapshot.Why.valueOf(row.getString("why").toUpperCase(Locale.ROOT)),
                Snapshot.State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                row.getString("restic_id"),
                row.getLong("files"),
                row.getLong("bytes"),
                row.getLong("added"),
                roots == null ? null : Json.MAPPER.readValue(roots, Roots.class),
                list(row.getString("left_out"), LeftOut[].class),
                list(row.getString("unread"), String[].class),
                row.getString("error"),
                row.getString("todo"),
                row.getLong("mark"),
                row.getObject("begun_at", OffsetDateTime.class).toInstant(),
                ended == null ? null : ended.toInstant());
    }

    private static <T> List<T> list(@Nullable String json, Class<T[]> type) {
        return json == null ? List.of() : List.of(Json.MAPPER.readValue(json, type));
    }
}
