package dev.claudevm.ssh;

import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import org.springframework.stereotype.Service;

/** Who came in by SSH, and when. The newest {@value #KEPT} are kept. */
@Service
class SshLogins {

    private static final int KEPT = 10_000;

    private final JdbcClient jdbc;
    private final Clock clock;

    SshLogins(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    /**
     * A connection that was let in.
     *
     * @param key its name
     * @param from address and port
     * @param endedAt null: it lasts, or the server died under it
     */
    record SshLogin(
            Instant at,
            String user,
            String key,
            String fingerprint,
            String from,
            String workspaceId,
            @Nullable Instant endedAt) {}

    /** @return its number, for {@link #ended} */
    long began(SshKeyRepository.Owned key, String from, String workspaceId) {
        GeneratedKeyHolder made = new GeneratedKeyHolder();
        jdbc.sql("insert into ssh_login (at, user_id, user_name, key_name, fingerprint, address, workspace_id)"
                        + " values (:now, :user, :name, :key, :fingerprint, :from, :workspace)")
                .param("now", now())
                .param("user", key.userId())
                .param("name", key.userName())
                .param("key", key.key().name())
                .param("fingerprint", key.key().fingerprint())
                .param("from", from)
                .param("workspace", workspaceId)
                .update(made, "id");
        Number id = made.getKey();
        long number = id == null ? 0 : id.longValue();
        jdbc.sql("delete from ssh_login where id <= :oldest")
                .param("oldest", number - KEPT)
                .update();
        return number;
    }

    void ended(long login) {
        jdbc.sql("update ssh_login set ended_at = :now where id = :id")
                .param("now", now())
                .param("id", login)
                .update();
    }

    /** @return newest first */
    List<SshLogin> of(String userId, int limit) {
        return jdbc.sql("select * from ssh_login where user_id = :user order by id desc limit :limit")
                .param("user", userId)
                .param("limit", limit)
                .query((row, _) -> new SshLogin(
                        row.getObject("at", OffsetDateTime.class).toInstant(),
                        row.getString("user_name"),
                        row.getString("key_name"),
                        row.getString("fingerprint"),
                        row.getString("address"),
                        row.getString("workspace_id"),
                        SshKeyRepository.instant(row.getObject("ended_at", OffsetDateTime.class))))
                .list();
    }

    private OffsetDateTime now() {
        return clock.instant().atOffset(ZoneOffset.UTC);
    }
}
