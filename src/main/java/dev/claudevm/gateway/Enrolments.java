package dev.claudevm.gateway;

import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Which bridge may come home as which workspace. One row a workspace: older generations have no right left. */
@Repository
class Enrolments {

    private final JdbcClient db;
    private final Clock clock;
    private final GatewaySettings settings;

    Enrolments(JdbcClient db, Clock clock, GatewaySettings settings) {
        this.db = db;
        this.clock = clock;
        this.settings = settings;
    }

    /** @param publicKey null until the bridge has traded its token */
    record Enrolment(
            String workspaceId,
            long generation,
            String tokenHash,
            OffsetDateTime tokenExpiresAt,
            boolean tokenUsed,
            @Nullable String publicKey,
            boolean restoring) {}

    /** @return a new one-time token; the token and the key of the generation before are void from now on */
    String expect(String workspaceId, long generation, boolean restoring) {
        String token = Secrets.token();
        OffsetDateTime expires = clock.instant().plus(settings.tokenLifetime()).atOffset(ZoneOffset.UTC);
        int known = db.sql("""
                update bridge set generation = ?, token_hash = ?, token_expires_at = ?, token_used = false, public_key = null,
                restoring = ? where workspace_id = ?""")
                .params(generation, Secrets.hash(token), expires, restoring, workspaceId)
                .update();
        if (known == 0) {
            db.sql("insert into bridge (workspace_id, generation, token_hash, token_expires_at, token_used,"
                            + " restoring) values (?, ?, ?, ?, false, ?)")
                    .params(workspaceId, generation, Secrets.hash(token), expires, restoring)
                    .update();
        }
        return token;
    }

    /** Everything is back: the next welcome says so. */
    void restored(String workspaceId) {
        db.sql("update bridge set restoring = false where workspace_id = ?")
                .param(workspaceId)
                .update();
    }

    void forget(String workspaceId) {
        db.sql("delete from bridge where workspace_id = ?").param(workspaceId).update();
    }

    Optional<Enrolment> find(String workspaceId) {
        return db.sql("select * from bridge where workspace_id = ?")
                .param(workspaceId)
                .query((row, number) -> new Enrolment(
                        row.getString("workspace_id"),
                        row.getLong("generation"),
                        row.getString("token_hash"),
                        row.getObject("token_expires_at", OffsetDateTime.class),
                        row.getBoolean("token_used"),
                        row.getString("public_key"),
                        row.getBoolean("restoring")))
                .optional();
    }

    /** @return why this token opens nothing; null when it does */
    @Nullable
    String refuses(String workspaceId, String token) {
        Enrolment enrolment = find(workspaceId).orElse(null);
        if (enrolment == null) {
            return "no such workspace";
        }
        if (!Secrets.equal(enrolment.tokenHash(), Secrets.hash(token))) {
            return "wrong token (of another workspace, or of an older start)";
        }
        if (enrolment.tokenUsed()) {
            return "token was used before";
        }
        if (!clock.instant().isBefore(enrolment.tokenExpiresAt().toInstant())) {
            return "token has expired";
        }
        return null;
    }

    /**
     * Trades the token for the right to use the key.
     *
     * @return false when somebody else was faster, or the generation is another by now
     */
    boolean trade(String workspaceId, long generation, String token, String publicKey) {
        return db.sql("""
                update bridge set token_used = true, public_key = ?
                where workspace_id = ? and generation = ? and token_hash = ? and token_used = false""")
                        .params(publicKey, workspaceId, generation, Secrets.hash(token))
                        .update()
                == 1;
    }
}
