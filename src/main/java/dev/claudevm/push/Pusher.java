package dev.claudevm.push;

import dev.claudevm.conversation.Feed;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Keeps the book of notices true and sends what is due: one thread looks, and one a device sends, so that a push service that
 * hangs holds up nobody else.
 */
@Component
class Pusher implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Pusher.class);

    /** What changes many times a second is looked at this often. */
    private static final Duration GRAIN = Duration.ofMillis(300);

    private static final Duration LONGEST_SLEEP = Duration.ofMinutes(1);
    private static final Duration REMEMBERED = Duration.ofDays(7);
    private static final int AT_ONCE = 200;

    private final Attention attention;
    private final Subscriptions subscriptions;
    private final Ledger ledger;
    private final PushService service;
    private final PushSettings settings;
    private final Feed feed;
    private final Clock clock;
    private final Semaphore news = new Semaphore(0);
    private final Set<String> sending = ConcurrentHashMap.newKeySet();
    private volatile boolean open;
    private @Nullable Thread thread;
    private Feed.@Nullable Subscription listening;

    Pusher(
            Attention attention,
            Subscriptions subscriptions,
            Ledger ledger,
            PushService service,
            PushSettings settings,
            Feed feed,
            Clock clock) {
        this.attention = attention;
        this.subscriptions = subscriptions;
        this.ledger = ledger;
        this.service = service;
        this.settings = settings;
        this.feed = feed;
        this.clock = clock;
    }

    @Override
    public void start() {
        listening = feed.joinOverview(news::release);
        open = true;
        thread = Thread.ofVirtual().name("push").start(this::run);
    }

    @Override
    public void stop() {
        Thread running = thread;
        open = false;
        if (listening != null) {
            listening.close();
        }
        news.release();
        try {
            if (running != null) {
                // Not interrupted: that would close the database's file under everybody.
                boolean _ = running.join(Duration.ofSeconds(2));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return open;
    }

    /** What is open now counts as told: who subscribes sees it on the screen. */
    void subscribe(Subscription wanted) {
        look();
        subscriptions.put(wanted);
    }

    private void run() {
        try {
            while (open) {
                Instant now = clock.instant();
                Duration sleep = LONGEST_SLEEP;
                try {
                    if (subscriptions.any()) {
                        look();
                        sendDue();
                        sleep = ledger.next()
                                .map(due -> Duration.between(now, due))
                                .filter(due -> due.compareTo(LONGEST_SLEEP) < 0)
                                .orElse(LONGEST_SLEEP);
                    }
                } catch (RuntimeException e) {
                    log.error("Notifications could not be looked after", e);
                }
                boolean _ = news.tryAcquire(Math.max(sleep.toMillis(), GRAIN.toMillis()), TimeUnit.MILLISECONDS);
                if (open) {
                    Thread.sleep(GRAIN);
                }
                news.drainPermits();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void look() {
        Instant now = clock.instant();
        ledger.bring(attention.now().values(), subscriptions.all(), now, now.plus(settings.delay()));
        ledger.prune(now.minus(REMEMBERED));
    }

    private void sendDue() {
        for (String device : ledger.dueDevices(clock.instant())) {
            Optional<Subscription> to = subscriptions.of(device);
            if (to.isPresent() && sending.add(device)) {
                Thread.ofVirtual().name("push-" + device).start(() -> sendAll(to.get()));
            }
        }
    }

    private void sendAll(Subscription to) {
        try {
            // Read by who sends alone: whoever was sending may have ended just now.
            List<Ledger.Due> list = ledger.due(to.deviceId(), clock.instant(), AT_ONCE);
            Map<String, Notice> now = attention.now();
            int count = (int) now.values().stream()
                    .filter(notice -> notice.kind() != Kind.FINISHED)
                    .count();
            for (Ledger.Due due : list) {
                if (!open || !send(to, due, now, count)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.error("A notification could not be sent", e);
        } finally {
            sending.remove(to.deviceId());
            news.release();
        }
    }

    /** @return whether the next one should be tried now */
    private boolean send(Subscription to, Ledger.Due due, Map<String, Notice> now, int count)
            throws InterruptedException {
        QuietHours quiet = to.quiet();
        if (due.action() == Ledger.Action.SHOW && quiet != null) {
            Instant at = clock.instant();
            Instant earliest = quiet.earliest(at);
            if (earliest.isAfter(at)) {
                ledger.postpone(due, earliest);
                return true;
            }
        }
        byte[] payload;
        if (due.action() == Ledger.Action.CLOSE) {
            payload = Payload.close(due.noticeId(), count);
        } else {
            Notice notice = now.get(due.noticeId());
            if (notice == null) {
                return true; // settled; the next look writes that down
            }
            payload = Payload.show(notice, to.details(), count);
        }
        switch (service.send(to, payload, due.noticeId())) {
            case PushService.Answer.Taken _ -> {
                ledger.sent(due, clock.instant());
                if (to.problem() != null) {
                    subscriptions.problem(to, null);
                }
                return true;
            }
            case PushService.Answer.Expired _ -> {
                log.info("Device {} has unsubscribed from notifications", to.deviceId());
                subscriptions.expired(to);
                return false;
            }
            case PushService.Answer.Later later -> {
                if (clock.instant().isAfter(due.openedAt().plus(settings.giveUp()))) {
                    ledger.dropped(due);
                } else {
                    ledger.later(due, clock.instant().plus(pause(due.attempts(), later.after())));
                }
                subscriptions.problem(to, later.why());
                return false;
            }
            case PushService.Answer.Refused refused -> {
                log.warn("Device {}: {}", to.deviceId(), refused.why());
                ledger.dropped(due);
                subscriptions.problem(to, refused.why());
                return true;
            }
        }
    }

    private Duration pause(int attempts, @Nullable Duration asked) {
        Duration own = settings.firstPause().multipliedBy(1L << Math.min(attempts, 20));
        Duration pause = own.compareTo(settings.longestPause()) > 0 ? settings.longestPause() : own;
        if (asked == null) {
            return pause;
        }
        Duration bounded = asked.compareTo(settings.giveUp()) > 0 ? settings.giveUp() : asked;
        return bounded.compareTo(pause) > 0 ? bounded : pause;
    }
}
