package dev.claudevm.push;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.annotation.Transactional;

/** What was to be told, to whom, and how far that is: each once, whatever is killed in between. */
@Repository
class Ledger {

    private final JdbcClient db;

    Ledger(JdbcClient db) {
        this.db = db;
    }

    /** What a device is told about a notice. */
    enum Action {
        /** That it is there. */
        SHOW,
        /** That it is settled: what was shown disappears. */
        CLOSE;

        String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** @param attempts that have failed */
    record Due(String deviceId, String noticeId, Action action, int attempts, Instant openedAt) {}

    /**
     * Brings the book to what is so now.
     *
     * @param now by id
     * @param first when a new notice may be told first
     */
    @Transactional
    public void bring(Collection<Notice> now, List<Subscription> subscriptions, Instant at, Instant first) {
        Set<String> open = new HashSet<>(db.sql("select id from push_notice where closed_at is null")
                .query(String.class)
                .list());
        for (Notice notice : now) {
            if (!open.remove(notice.id())) {
                open(notice, subscriptions, at, first);
            }
        }
        for (String gone : open) {
            close(gone, at);
        }
    }

    private void open(Notice notice, List<Subscription> subscriptions, Instant at, Instant first) {
        int again = db.sql("update push_notice set closed_at = null where id = ?")
                .param(notice.id())
                .update();
        if (again > 0) {
            return; // an answer that the bridge did not take: it was told already
        }
        db.sql("insert into push_notice (id, kind, opened_at) values (?, ?, ?)")
                .params(notice.id(), notice.kind().word(), utc(at))
                .update();
        for (Subscription subscription : subscriptions) {
            if (subscription.kinds().contains(notice.kind())) {
                plan(subscription.deviceId(), notice.id(), Action.SHOW, first);
            }
        }
    }

    private void close(String notice, Instant at) {
        db.sql("update push_notice set closed_at = ? where id = ?")
                .params(utc(at), notice)
                .update();
        db.sql("update push_delivery set state = 'dropped' where notice_id = ? and state = 'waiting'")
                .param(notice)
                .update();
        List<String> shown = db.sql("""
                select d.device_id from push_delivery d where d.notice_id = ? and d.action = 'show' and d.state = 'sent'
                and not exists (select 1 from push_delivery c
                    where c.device_id = d.device_id and c.notice_id = d.notice_id and c.action = 'close')""").param(notice).query(String.class).list();
        shown.forEach(device -> plan(device, notice, Action.CLOSE, at));
    }

    private void plan(String device, String notice, Action action, Instant due) {
        db.sql("""
                insert into push_delivery (device_id, notice_id, action, state, attempts, due_at)
                values (?, ?, ?, 'waiting', 0, ?)""").params(device, notice, action.word(), utc(due)).update();
    }

    /** @return to which something is to be sent by now */
    List<String> dueDevices(Instant at) {
        return db.sql("select distinct device_id from push_delivery where state = 'waiting' and due_at <= ?")
                .param(utc(at))
                .query(String.class)
                .list();
    }

    /** @return what is to be sent to it by now, the oldest first */
    List<Due> due(String device, Instant at, int limit) {
        return db.sql("""
                select d.*, n.opened_at from push_delivery d join push_notice n on n.id = d.notice_id
                where d.device_id = ? and d.state = 'waiting' and d.due_at <= ?
                order by d.due_at, d.notice_id, d.action desc limit ?""")
                .params(device, utc(at), limit)
                .query((row, _) -> new Due(
                        row.getString("device_id"),
                        row.getString("notice_id"),
                        row.getString("action").equals(Action.SHOW.word()) ? Action.SHOW : Action.CLOSE,
                        row.getInt("attempts"),
                        row.getObject("opened_at", OffsetDateTime.class).toInstant()))
                .list();
    }

    /** @return when the next one is due */
    Optional<Instant> next() {
        return db.sql("select due_at from push_delivery where state = 'waiting' order by due_at limit 1")
                .query(OffsetDateTime.class)
                .optional()
                .map(OffsetDateTime::toInstant);
    }

    /** The device has it. When the notice was settled while it travelled, that is told too. */
    @Transactional
    public void sent(Due due, Instant at) {
        end(due, "sent");
        boolean settled = db.sql("select count(*) from push_notice where id = ? and closed_at is not null")
                        .param(due.noticeId())
                        .query(Integer.class)
                        .single()
                > 0;
        if (due.action() == Action.SHOW && settled) {
            close(due.noticeId(), at);
        }
    }

    void dropped(Due due) {
        end(due, "dropped");
    }

    private void end(Due due, String state) {
        db.sql("update push_delivery set state = ? where device_id = ? and notice_id = ? and action = ?")
                .params(state, due.deviceId(), due.noticeId(), due.action().word())
                .update();
    }

    /** Not a failure: it is not wanted before {@code at}. */
    void postpone(Due due, Instant at) {
        db.sql("""
                update push_delivery set due_at = ?
                where device_id = ? and notice_id = ? and action = ? and state = 'waiting'""")
                .params(utc(at), due.deviceId(), due.noticeId(), due.action().word())
                .update();
    }

    void later(Due due, Instant at) {
        db.sql("""
                update push_delivery set attempts = attempts + 1, due_at = ?
                where device_id = ? and notice_id = ? and action = ? and state = 'waiting'""")
                .params(utc(at), due.deviceId(), due.noticeId(), due.action().word())
                .update();
    }

    /** Forgets what was settled before {@code before}. */
    void prune(Instant before) {
        db.sql("delete from push_notice where closed_at < ?").param(utc(before)).update();
    }

    private static OffsetDateTime utc(Instant at) {
        return at.atOffset(ZoneOffset.UTC);
    }
}
