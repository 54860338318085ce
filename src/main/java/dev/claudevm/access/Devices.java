package dev.claudevm.access;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** Browsers that are logged in. They stay so for a year, over restarts of the server, until they are revoked. */
@Service
public class Devices {

    /** How long the cookie lives. */
    public static final Duration LIFETIME = Duration.ofDays(365);

    /** "Last seen" is written at most this often, so that a request costs no write. */
    private static final Duration SEEN_GRAIN = Duration.ofMinutes(1);

    private static final int MAX_USER_AGENT_CHARS = 300;

    private final JdbcClient jdbc;
    private final Clock clock;
    private final ApplicationEventPublisher events;

    Devices(JdbcClient jdbc, Clock clock, ApplicationEventPublisher events) {
        this.jdbc = jdbc;
        this.clock = clock;
        this.events = events;
    }

    /** @param userAgent what the browser calls itself */
    public record Device(String id, String userAgent, Instant createdAt, Instant lastSeenAt) {}

    /** @return the value of the new device's cookie */
    String create(String userAgent) {
        Secret cookie = Secret.random("");
        OffsetDateTime now = clock.instant().atOffset(ZoneOffset.UTC);
        jdbc.sql("insert into device (id, hash, user_id, user_agent, created_at, last_seen_at)"
                        + " values (:id, :hash, :user, :agent, :now, :now)")
                .param("id", UUID.randomUUID().toString())
                .param("hash", cookie.hash())
                .param("user", Owner.ID)
                .param(
                        "agent",
                        userAgent.length() > MAX_USER_AGENT_CHARS
                                ? userAgent.substring(0, MAX_USER_AGENT_CHARS)
                                : userAgent)
                .param("now", now)
                .update();
        return cookie.text();
    }

    Optional<Caller> find(String cookie) {
        Instant now = clock.instant();
        return jdbc.sql(
                        "select d.id, d.user_id, u.name, d.last_seen_at from device d join app_user u on u.id = d.user_id"
                                + " where d.hash = :hash and d.revoked_at is null and d.created_at > :oldest")
                .param("hash", new Secret(cookie).hash())
                .param("oldest", now.minus(LIFETIME).atOffset(ZoneOffset.UTC))
                .query((row, _) -> {
                    String id = row.getString("id");
                    if (row.getObject("last_seen_at", OffsetDateTime.class)
                            .toInstant()
                            .isBefore(now.minus(SEEN_GRAIN))) {
                        seen(id, now);
                    }
                    return new Caller(row.getString("user_id"), row.getString("name"), id, Caller.Kind.DEVICE);
                })
                .optional();
    }

    public boolean isLoggedIn(String id) {
        return jdbc.sql("select count(*) from device where id = :id and revoked_at is null and created_at > :oldest")
                        .param("id", id)
                        .param("oldest", clock.instant().minus(LIFETIME).atOffset(ZoneOffset.UTC))
                        .query(Integer.class)
                        .single()
                == 1;
    }

    /** @return those that are logged in, the last seen first */
    public List<Device> list() {
        return jdbc.sql("select id, user_agent, created_at, last_seen_at from device where revoked_at is null"
                        + " order by last_seen_at desc, id")
                .query((row, _) -> new Device(
                        row.getString("id"),
                        row.getString("user_agent"),
                        row.getObject("created_at", OffsetDateTime.class).toInstant(),
                        row.getObject("last_seen_at", OffsetDateTime.class).toInstant()))
                .list();
    }

    /** Logs a browser out, at once. @return false when there is no such device */
    public boolean revoke(String id) {
        int revoked = jdbc.sql("update device set revoked_at = :now where id = :id and revoked_at is null")
                .param("now", clock.instant().atOffset(ZoneOffset.UTC))
                .param("id", id)
                .update();
        if (revoked == 1) {
            events.publishEvent(new AccessRevoked(id));
        }
        return revoked == 1;
    }

    private void seen(String id, Instant now) {
        jdbc.sql("update device set last_seen_at = :now where id = :id")
                .param("now", now.atOffset(ZoneOffset.UTC))
                .param("id", id)
                .update();
    }
}
