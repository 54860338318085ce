package dev.claudevm.search;

import dev.claudevm.config.ServerHome;
import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.conversation.Feed;
import dev.claudevm.conversation.StoredEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.lucene.util.IOUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Brings the index behind the mirror of the journals, on a thread of its own. How far it is stands in the index itself: a restart goes on
 * there, and an index that is gone or broken is made anew. It is opened by the first search, or after a while in which nobody searched: a
 * server without searches does not have its library in memory.
 */
@Component
class Indexing implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Indexing.class);
    private static final int TALKS = 500;
    private static final int EVENTS = 100;
    /** So long it stays closed while nobody searches. Not for ever, so that the first search has little to wait for. */
    private static final Duration UNSEARCHED = Duration.ofHours(1);

    private static final Duration COMMIT = Duration.ofSeconds(10);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    private static final Duration END = Duration.ofSeconds(5);

    /** Of the time that it may take to look which journals have more. */
    private static final int PART_OF_TIME = 20;

    private final SearchRepository talks;
    private final ConversationService conversations;
    private final Feed feed;
    private final Clock clock;
    private final Path folder;
    private final Duration every;
    /** What was said before the start, too. */
    private final AtomicBoolean news = new AtomicBoolean(true);

    private final long since = System.nanoTime();
    private final Semaphore wanted = new Semaphore(0);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile CountDownLatch caughtUp = new CountDownLatch(1);
    private volatile @Nullable SaidIndex index;
    private volatile boolean suspect;
    private volatile boolean searched;
    private volatile @Nullable Thread thread;
    private boolean troubled;
    private long committedAt = System.nanoTime();

    /** @param every how often it is looked whether something is new: so far behind is the index */
    Indexing(
            SearchRepository talks,
            ConversationService conversations,
            Feed feed,
            Clock clock,
            ServerHome home,
            @Value("${claude-vm.search.every:1s}") Duration every) {
        this.talks = talks;
        this.conversations = conversations;
        this.feed = feed;
        this.clock = clock;
        this.folder = home.search();
        this.every = every;
    }

    /**
     * @param patience so long is waited for an index that has everything
     * @return what is there by then; empty: nothing yet
     */
    Optional<SaidIndex> index(Duration patience) throws InterruptedException {
        searched = true;
        if (index == null || !complete()) {
            news.set(true);
            wanted.release();
            boolean _ = caughtUp.await(patience.toMillis(), TimeUnit.MILLISECONDS);
        }
        return Optional.ofNullable(index);
    }

    /** @return false: it is still being made, so that more may be found later */
    boolean complete() {
        return caughtUp.getCount() == 0;
    }

    /** Something is wrong with it: it is looked through, and made anew when it is broken. */
    void suspect(SaidIndex which, Exception why) {
        if (index == which && !suspect) {
            log.warn("The index of what was said could not be read: {}", why.toString(), why);
            suspect = true;
            caughtUp = new CountDownLatch(1);
            news.set(true);
            wanted.release();
        }
    }

    private void run() {
        try (Feed.Subscription _ = feed.joinOverview(() -> news.set(true))) {
            Duration pause = every;
            while (!ended.await(0, TimeUnit.MILLISECONDS)) {
                boolean _ = wanted.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS);
                wanted.drainPermits();
                pause = step(pause);
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            end();
        }
    }

    /** @return how long to wait before the next one */
    private Duration step(Duration before) throws InterruptedException {
        SaidIndex open = index;
        try {
            if (suspect) {
                mend();
                open = null;
            }
            if (due() && news.getAndSet(false) && ended.getCount() > 0) {
                if (open == null) {
                    open = SaidIndex.open(folder);
                    index = open;
                }
                Duration took = follow(open);
                caughtUp.countDown();
                if (troubled) {
                    troubled = false;
                    log.info("The index of what was said is written again");
                }
                return max(every, took.multipliedBy(PART_OF_TIME));
            }
            if (open != null && committable()) {
                commit(open);
            }
            return every;
        } catch (IOException | RuntimeException e) {
            // Of a full disk, a folder that is gone, a database that is away: what is missing comes when it is over.
            if (!troubled) {
                log.warn("The index of what was said cannot be written: {}", e.toString(), e);
            }
            troubled = true;
            news.set(true);
            mend();
            return min(max(before, every).multipliedBy(2), LONGEST_PAUSE);
        }
    }

    private boolean due() {
        return searched || System.nanoTime() - since > UNSEARCHED.toNanos();
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private static Duration max(Duration a, Duration b) {
        return a.compareTo(b) > 0 ? a : b;
    }

    private boolean committable() {
        return System.nanoTime() - committedAt > COMMIT.toNanos();
    }

    private void commit(SaidIndex open) throws IOException {
        committedAt = System.nanoTime();
        open.commit();
    }

    /** Closes it, and throws it away when it is broken. */
    private void mend() {
        SaidIndex open = index;
        index = null;
        suspect = false;
        caughtUp = new CountDownLatch(1);
        IOUtils.closeWhileHandlingException(open);
        if (Files.isDirectory(folder) && !SaidIndex.sound(folder)) {
            log.warn("The index of what was said is broken; it is made anew");
            try {
                IOUtils.rm(folder);
            } catch (IOException e) {
                log.warn("{} cannot be removed: {}", folder, e.toString());
            }
        }
    }

    /** @return how long it took to look which journals have more */
    private Duration follow(SaidIndex open) throws IOException, InterruptedException {
        Set<String> known = new HashSet<>();
        long looking = 0;
        String after = "";
        List<Talk> page;
        do {
            long begun = System.nanoTime();
            page = talks.talks(after, TALKS);
            looking += System.nanoTime() - begun;
            for (Talk talk : page) {
                known.add(talk.conversation());
                after = talk.conversation();
                follow(open, talk);
                if (ended.getCount() == 0) {
                    return Duration.ofNanos(looking);
                }
            }
        } while (page.size() == TALKS);
        boolean purged = false;
        for (String conversation : open.conversations()) {
            if (!known.contains(conversation)) {
                open.forget(conversation);
                purged = true;
            }
        }
        if (purged || committable()) {
            commit(open);
        }
        return Duration.ofNanos(looking);
    }

    private void follow(SaidIndex open, Talk talk) throws IOException, InterruptedException {
        SaidIndex.Mark mark = open.mark(talk.conversation());
        long done = mark == null ? 0 : mark.seq();
        if (mark != null && done == talk.lastSeq() && mark.names() == SaidIndex.names(talk)) {
            return;
        }
        if (done > talk.lastSeq()) {
            // The database was put back to an older state, and another journal may follow.
            open.forget(talk.conversation());
            done = 0;
        }
        ConversationId id = ConversationId.parse(talk.conversation());
        while (true) {
            long begun = System.nanoTime();
            List<StoredEvent> events = conversations.eventsAfter(id, done, EVENTS);
            for (StoredEvent event : events) {
                done = event.seq();
                Optional<Saying> said = Saying.in(event);
                if (said.isPresent()) {
                    open.add(talk, done, said.get().notAfter(clock.instant()));
                }
            }
            open.mark(talk, done);
            if (committable()) {
                commit(open);
            }
            if (events.size() < EVENTS || ended.getCount() == 0) {
                return;
            }
            // While much is read, as much is left to those who are waiting for something.
            long pause = Math.min(System.nanoTime() - begun, TimeUnit.MILLISECONDS.toNanos(200));
            if (ended.await(pause, TimeUnit.NANOSECONDS)) {
                return;
            }
        }
    }

    private void end() {
        SaidIndex open = index;
        index = null;
        if (open == null) {
            return;
        }
        try (open) {
            open.commit();
        } catch (IOException | RuntimeException e) {
            log.warn("The index of what was said was not closed in good order: {}", e.toString());
        }
    }

    @Override
    public void start() {
        thread = Thread.ofPlatform().daemon().name("search-index").start(this::run);
    }

    /** Not interrupted: that would close the files under those who read them. What is not written by then is made good at the next start. */
    @Override
    public void stop() {
        ended.countDown();
        wanted.release();
        Thread running = thread;
        thread = null;
        if (running == null) {
            return;
        }
        try {
            boolean _ = running.join(END);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }

    /** After the mirror on the way up, before it on the way down. */
    @Override
    public int getPhase() {
        return 300;
    }
}
