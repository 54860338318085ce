package dev.claudevm.journal;

import dev.claudevm.conversation.Feed;
import dev.claudevm.secret.Secrets;
import dev.claudevm.store.StoreException;
import dev.claudevm.workspace.Keeper;
import dev.claudevm.workspace.Workspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Keeps the store's copies of all journals up to date. What is not there yet is in the database, however long the store is
 * away. Derived from what is so: a restart forgets nothing.
 */
@Component
public class JournalCopies implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(JournalCopies.class);
    private static final int AT_ONCE = 16;
    private static final Duration END = Duration.ofSeconds(5);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    /** Since when, and why, the store takes nothing. */
    private record Trouble(Instant since, String error, String todo) {}

    private final Copying copying;
    private final CopyRepository copies;
    private final LostEvents lost;
    private final WorkspaceService workspaces;
    private final Feed feed;
    private final Clock clock;
    private final Duration every;
    private final AtomicBoolean news = new AtomicBoolean(true);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable Trouble trouble;
    private volatile @Nullable Thread thread;

    /** @param every how often it is looked whether something is new: so far behind is a copy, and the time that writing takes */
    JournalCopies(
            Copying copying,
            CopyRepository copies,
            LostEvents lost,
            WorkspaceService workspaces,
            Feed feed,
            Clock clock,
            @Value("${claude-vm.journal.every:1s}") Duration every) {
        this.copying = copying;
        this.copies = copies;
        this.lost = lost;
        this.workspaces = workspaces;
        this.feed = feed;
        this.clock = clock;
        this.every = every;
    }

    /** @return what was said in a workspace and cannot be stored; empty: the store has all of it, or soon will */
    public Optional<Keeper.Unsaved> unsaved(WorkspaceId workspace) {
        Trouble now = trouble;
        return Optional.ofNullable(now)
                .map(why -> new Keeper.Unsaved(copies.missing(workspace), why.since(), why.error(), why.todo()))
                .filter(unsaved -> unsaved.events() > 0);
    }

    /** Before anybody goes on from what the mirror has: it gets what only the store still has. */
    public void bringBackLost(WorkspaceId workspace) throws StoreException, Secrets.Unreadable {
        lost.bringBack(workspace);
    }

    /** The objects of a workspace are removed, and its record is gone. */
    public void forget(String workspaceId) {
        copying.forget(new WorkspaceId(workspaceId));
    }

    private void run() {
        bringBackAll();
        try (Feed.Subscription _ = feed.joinOverview(() -> news.set(true));
                ExecutorService threads = Executors.newFixedThreadPool(
                        AT_ONCE, Thread.ofVirtual().name("journal-copy-", 0).factory())) {
            Duration pause = every;
            while (!ended.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                if (news.getAndSet(false) || trouble != null) {
                    note(copyAll(threads));
                    pause = trouble == null ? every : min(pause.multipliedBy(2), LONGEST_PAUSE);
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private void bringBackAll() {
        for (Workspace workspace : workspaces.list()) {
            try {
                lost.bringBack(workspace.id());
            } catch (StoreException | Secrets.Unreadable | RuntimeException e) {
                log.warn(
                        "{}: not looked whether the store has more of its journals: {}",
                        workspace.id(),
                        e.getMessage());
            }
        }
    }

    /** @return what went wrong last; null: the store has everything */
    private @Nullable Exception copyAll(ExecutorService threads) throws InterruptedException {
        Exception failed = null;
        String after = "";
        while (ended.getCount() > 0) {
            List<CopyRepository.Behind> behind;
            try {
                behind = copies.behind(after, AT_ONCE);
            } catch (RuntimeException e) {
                return e;
            }
            if (behind.isEmpty()) {
                break;
            }
            after = behind.getLast().conversation().value();
            List<Future<?>> writing = behind.stream()
                    .<Future<?>>map(journal -> threads.submit(() -> {
                        copying.bring(journal);
                        return null;
                    }))
                    .toList();
            for (Future<?> one : writing) {
                try {
                    one.get();
                } catch (ExecutionException e) {
                    failed = e.getCause() instanceof Exception cause ? cause : e;
                }
            }
            if (failed instanceof StoreException) {
                // It will not be better for the others. A journal that cannot be sealed holds nobody up.
                break;
            }
        }
        return failed;
    }

    private void note(@Nullable Exception failed) {
        Trouble before = trouble;
        if (failed == null) {
            if (before != null) {
                log.info("The store has all journals again");
                trouble = null;
                feed.publishOverview();
            }
            return;
        }
        String todo = failed instanceof StoreException store ? store.todo() : "See the server's log.";
        trouble = new Trouble(
                before == null ? clock.instant() : before.since(), String.valueOf(failed.getMessage()), todo);
        if (before == null) {
            log.warn("What is said cannot be stored: {}", failed.getMessage(), failed);
            feed.publishOverview();
        }
    }

    @Override
    public void start() {
        thread = Thread.ofPlatform().daemon().name("journal-copies").start(this::run);
    }

    /** What is written just now may be cut off: it is written again after the next start. */
    @Override
    public void stop() {
        ended.countDown();
        Thread running = thread;
        thread = null;
        if (running == null) {
            return;
        }
        try {
            if (!running.join(END)) {
                running.interrupt();
            }
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
