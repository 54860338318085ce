package dev.claudevm.workspace;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** What was done in a workspace's last piece of work; kept, so that whoever looks later sees it too. */
@Repository
class Steps {

    private static final int MAX_STEPS = 100;
    private static final int MAX_CHARS = 500;

    private final JdbcClient db;
    private final Clock clock;

    Steps(JdbcClient db, Clock clock) {
        this.db = db;
        this.clock = clock;
    }

    void clear(WorkspaceId id) {
        db.sql("delete from workspace_step where workspace_id = ?")
                .param(id.value())
                .update();
    }

    /** The same step again updates it. */
    void step(WorkspaceId id, String step, boolean done, @Nullable String detail) {
        String text = cut(step);
        String figure = detail == null ? null : cut(detail);
        OffsetDateTime now = clock.instant().atOffset(ZoneOffset.UTC);
        int known = db.sql("""
                update workspace_step set done = ?, detail = coalesce(?, detail), ended_at = ?
                where workspace_id = ? and step = ?""")
                .params(Arrays.asList(done, figure, done ? now : null, id.value(), text))
                .update();
        if (known > 0) {
            return;
        }
        int next = db.sql("select coalesce(max(position), -1) + 1 from workspace_step where workspace_id = ?")
                .param(id.value())
                .query(Integer.class)
                .single();
        if (next < MAX_STEPS) {
            db.sql("insert into workspace_step (workspace_id, position, step, done, detail, started_at, ended_at)"
                            + " values (?, ?, ?, ?, ?, ?, ?)")
                    .params(Arrays.asList(id.value(), next, text, done, figure, now, done ? now : null))
                    .update();
        }
    }

    List<Workspace.Step> of(WorkspaceId id) {
        return db.sql("select * from workspace_step where workspace_id = ? order by position")
                .param(id.value())
                .query((row, number) -> step(row))
                .list();
    }

    /** @return by workspace id */
    Map<String, List<Workspace.Step>> ofAll() {
        Map<String, List<Workspace.Step>> all = new TreeMap<>();
        db.sql("select * from workspace_step order by workspace_id, position").query(row -> {
            all.computeIfAbsent(row.getString("workspace_id"), id -> new java.util.ArrayList<>())
                    .add(step(row));
        });
        return all;
    }

    private Workspace.Step step(java.sql.ResultSet row) throws java.sql.SQLException {
        Instant started = row.getObject("started_at", OffsetDateTime.class).toInstant();
        OffsetDateTime ended = row.getObject("ended_at", OffsetDateTime.class);
        Instant until = ended == null ? clock.instant() : ended.toInstant();
        return new Workspace.Step(
                row.getString("step"),
                row.getBoolean("done"),
                row.getString("detail"),
                Math.max(0, Duration.between(started, until).toMillis()));
    }

    private static String cut(String text) {
        return text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS - 1) + "…";
    }
}
