package dev.claudevm.push;

import dev.claudevm.access.AccessRevoked;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The browsers that want to be told: at most one subscription a device. */
@Repository
class Subscriptions {

    private final JdbcClient db;
    private final Clock clock;

    Subscriptions(JdbcClient db, Clock clock) {
        this.db = db;
        this.clock = clock;
    }

    boolean any() {
        return db.sql("select count(*) from push_subscription")
                        .query(Integer.class)
                        .single()
                > 0;
    }

    List<Subscription> all() {
        return db.sql("select * from push_subscription order by created_at, device_id")
                .query(Subscriptions::row)
                .list();
    }

    Optional<Subscription> of(String deviceId) {
        return db.sql("select * from push_subscription where device_id = ?")
                .param(deviceId)
                .query(Subscriptions::row)
                .optional();
    }

    /** Replaces what the device had; deliveries that it waits for stay. */
    void put(Subscription wanted) {
        String kinds = wanted.kinds().stream().map(Kind::word).sorted().collect(Collectors.joining(","));
        String quiet = wanted.quiet() == null ? null : wanted.quiet().text();
        int known = db.sql("""
                update push_subscription set endpoint = ?, p256dh = ?, auth = ?, kinds = ?, details = ?, quiet = ?, problem = null
                where device_id = ?""")
                .params(Arrays.asList(
                        wanted.endpoint(),
                        wanted.p256dh(),
                        wanted.auth(),
                        kinds,
                        wanted.details(),
                        quiet,
                        wanted.deviceId()))
                .update();
        if (known == 0) {
            db.sql("""
                    insert into push_subscription (device_id, endpoint, p256dh, auth, kinds, details, quiet, created_at)
                    values (?, ?, ?, ?, ?, ?, ?, ?)""")
                    .params(Arrays.asList(
                            wanted.deviceId(),
                            wanted.endpoint(),
                            wanted.p256dh(),
                            wanted.auth(),
                            kinds,
                            wanted.details(),
                            quiet,
                            clock.instant().atOffset(ZoneOffset.UTC)))
                    .update();
        }
    }

    /** @return false when there was none */
    boolean remove(String deviceId) {
        return db.sql("delete from push_subscription where device_id = ?")
                        .param(deviceId)
                        .update()
                > 0;
    }

    /** Only that subscription, not one that the device has made since. */
    void expired(Subscription subscription) {
        db.sql("delete from push_subscription where device_id = ? and endpoint = ?")
                .params(subscription.deviceId(), subscription.endpoint())
                .update();
    }

    void problem(Subscription subscription, @Nullable String problem) {
        db.sql("update push_subscription set problem = ? where device_id = ? and endpoint = ?")
                .params(Arrays.asList(problem, subscription.deviceId(), subscription.endpoint()))
                .update();
    }

    @EventListener
    void on(AccessRevoked revoked) {
        remove(revoked.credentialId());
    }

    private static Subscription row(ResultSet row, int number) throws SQLException {
        String quiet = row.getString("quiet");
        return new Subscription(
                row.getString("device_id"),
                row.getString("endpoint"),
                row.getString("p256dh"),
                row.getString("auth"),
                Stream.of(row.getString("kinds").split(","))
                        .flatMap(word -> Kind.of(word).stream())
                        .collect(Collectors.toUnmodifiableSet()),
                row.getBoolean("details"),
                quiet == null ? null : QuietHours.parse(quiet),
                row.getString("problem"));
    }
}
