package dev.claudevm.project;

import dev.claudevm.problem.Problem;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** Finds projects and makes new ones. Two sources that mean the same repository or folder are one project. */
@Service
public class Projects {

    private final JdbcClient db;
    private final Clock clock;

    Projects(JdbcClient db, Clock clock) {
        this.db = db;
        this.clock = clock;
    }

    /**
     * @param source a git URL or a folder's path, as a person typed it
     * @throws Problem when it is neither
     */
    public Project of(String source) {
        Source parsed = Source.parse(source);
        Optional<Project> known = bySource(parsed.text());
        if (known.isPresent()) {
            return known.get();
        }
        Instant now = clock.instant();
        Project fresh = new Project(UUID.randomUUID().toString(), parsed.name(), parsed.text(), now);
        try {
            db.sql("insert into project (id, name, source, created_at) values (?, ?, ?, ?)")
                    .params(fresh.id(), fresh.name(), fresh.source(), now.atOffset(ZoneOffset.UTC))
                    .update();
            return fresh;
        } catch (DuplicateKeyException somebodyWasFaster) {
            return bySource(parsed.text()).orElseThrow(() -> somebodyWasFaster);
        }
    }

    /** The project of a workspace that comes from another installation: what it was made of need not be here. */
    public Project adopt(String source, String name) {
        Optional<Project> known = bySource(source);
        if (known.isPresent()) {
            return known.get();
        }
        Instant now = clock.instant();
        Project fresh = new Project(UUID.randomUUID().toString(), name, source, now);
        db.sql("insert into project (id, name, source, created_at) values (?, ?, ?, ?)")
                .params(fresh.id(), fresh.name(), fresh.source(), now.atOffset(ZoneOffset.UTC))
                .update();
        return fresh;
    }

    /**
     * @return the project of that source, when there is one already
     * @throws Problem when it is no source
     */
    public Optional<Project> known(String source) {
        return bySource(Source.parse(source).text());
    }

    /** @return the projects that were used most recently first */
    public List<Project> recent() {
        return db.sql("""
                select p.* from project p left join workspace w on w.project_id = p.id
                group by p.id, p.name, p.source, p.created_at
                order by coalesce(max(w.created_at), p.created_at) desc limit 50""").query(Projects::row).list();
    }

    public Optional<Project> find(String id) {
        return db.sql("select * from project where id = ?")
                .param(id)
                .query(Projects::row)
                .optional();
    }

    private Optional<Project> bySource(String source) {
        return db.sql("select * from project where source = ?")
                .param(source)
                .query(Projects::row)
                .optional();
    }

    private static Project row(java.sql.ResultSet row, int number) throws java.sql.SQLException {
        return new Project(
                row.getString("id"),
                row.getString("name"),
                row.getString("source"),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }
}
