package dev.claudevm.ssh;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The table {@code ssh_key}. */
@Repository
class SshKeyRepository {

    private final JdbcClient jdbc;

    SshKeyRepository(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** A key, and whose it is. */
    record Owned(SshKey key, String userId, String userName) {}

    List<SshKey> of(String userId) {
        return jdbc.sql("select * from ssh_key where user_id = :user order by created_at, id")
                .param("user", userId)
                .query((row, _) -> key(row))
                .list();
    }

    Optional<Owned> find(String fingerprint) {
        return jdbc.sql("select k.*, u.name as user_name from ssh_key k join app_user u on u.id = k.user_id"
                        + " where k.fingerprint = :fingerprint")
                .param("fingerprint", fingerprint)
                .query((row, _) -> new Owned(key(row), row.getString("user_id"), row.getString("user_name")))
                .optional();
    }

    void insert(String id, String userId, String name, PublicKeys.Parsed key, Instant now) {
        jdbc.sql("insert into ssh_key (id, user_id, name, public_key, fingerprint, created_at)"
                        + " values (:id, :user, :name, :key, :fingerprint, :now)")
                .param("id", id)
                .param("user", userId)
                .param("name", name)
                .param("key", key.text())
                .param("fingerprint", key.fingerprint())
                .param("now", now.atOffset(ZoneOffset.UTC))
                .update();
    }

    boolean delete(String userId, String id) {
        return jdbc.sql("delete from ssh_key where id = :id and user_id = :user")
                        .param("id", id)
                        .param("user", userId)
                        .update()
                == 1;
    }

    void used(String id, Instant now) {
        jdbc.sql("update ssh_key set last_used_at = :now where id = :id")
                .param("now", now.atOffset(ZoneOffset.UTC))
                .param("id", id)
                .update();
    }

    private static SshKey key(ResultSet row) throws SQLException {
        String text = row.getString("public_key");
        return new SshKey(
                row.getString("id"),
                row.getString("name"),
                text.substring(0, text.indexOf(' ')),
                row.getString("fingerprint"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                instant(row.getObject("last_used_at", OffsetDateTime.class)));
    }

    static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
