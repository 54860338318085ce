package dev.claudevm.access;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** Links that log a browser in, once. */
@Service
public class LoginLinks {

    /** How long a link can be used. */
    public static final Duration LIFETIME = Duration.ofMinutes(30);

    /** Expired and used links are kept for a day, so that the page can say which of the two it was. */
    private static final Duration KEPT = Duration.ofDays(1);

    private final JdbcClient jdbc;
    private final Clock clock;

    LoginLinks(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    /** What became of an attempt to use a link. */
    public enum Outcome {
        LOGGED_IN,
        USED,
        EXPIRED,
        UNKNOWN
    }

    /** @return the code of a new link; the link is {@code <server>/login/link?token=<code>} */
    public String create() {
        Instant now = clock.instant();
        jdbc.sql("delete from login_link where expires_at < :before")
                .param("before", now.minus(KEPT).atOffset(ZoneOffset.UTC))
                .update();
        Secret code = Secret.random("");
        jdbc.sql("insert into login_link (hash, user_id, created_at, expires_at) values (:hash, :user, :now, :expires)")
                .param("hash", code.hash())
                .param("user", Owner.ID)
                .param("now", now.atOffset(ZoneOffset.UTC))
                .param("expires", now.plus(LIFETIME).atOffset(ZoneOffset.UTC))
                .update();
        return code.text();
    }

    /** Of any number of browsers that try the same code at the same time, one gets {@link Outcome#LOGGED_IN}. */
    public Outcome use(String code) {
        String hash = new Secret(code).hash();
        var now = clock.instant().atOffset(ZoneOffset.UTC);
        int taken = jdbc.sql(
                        "update login_link set used_at = :now where hash = :hash and used_at is null and expires_at > :now")
                .param("now", now)
                .param("hash", hash)
                .update();
        if (taken == 1) {
            return Outcome.LOGGED_IN;
        }
        return jdbc.sql(
                        "select case when used_at is null then 'EXPIRED' else 'USED' end from login_link where hash = :hash")
                .param("hash", hash)
                .query(String.class)
                .optional()
                .map(Outcome::valueOf)
                .orElse(Outcome.UNKNOWN);
    }
}
