package dev.claudevm.bridge.checkpoint;

import dev.claudevm.bridge.tree.TreePath;
import dev.claudevm.protocol.Hunk;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints of one workspace. One thread takes and restores, one after the other; asking again while a checkpoint
 * waits for its turn gives that one. What reads the store may be called from any platform thread.
 */
public final class Checkpoints implements AutoCloseable {

    /** Longest diff of one file, in bytes, when nothing else is asked for. */
    public static final int DIFF_BYTES = 512 * 1024;

    /** Longest diff of one file at all. */
    public static final int WHOLE_DIFF_BYTES = 16 * 1024 * 1024;

    /** Largest file that is given out. */
    public static final int CONTENT_BYTES = 20 * 1024 * 1024;

    private static final Pattern ID = Pattern.compile("[0-9a-f]{40}");
    private static final int PACKS = 40;
    private static final long STACK_BYTES = 4L * 1024 * 1024;
    private static final System.Logger LOG = System.getLogger(Checkpoints.class.getName());

    private final Path project;
    private final Path store;
    private final Clock clock;
    private final Git git;
    private final Comparison comparison;
    private final ExecutorService thread;
    private final java.util.concurrent.locks.ReentrantLock lock = new java.util.concurrent.locks.ReentrantLock();
    private @Nullable CompletableFuture<Checkpoint> waiting;
    private @Nullable CompletableFuture<Checkpoint> latest;
    private boolean open;

    /**
     * @param store the folder for everything that is kept; made when it is needed
     * @param inherited environment of git: PATH, TMPDIR
     */
    public Checkpoints(Path project, Path store, Map<String, String> inherited, Clock clock) {
        this.project = project;
        this.store = store;
        this.clock = clock;
        this.git = new Git(store, inherited);
        this.comparison = new Comparison(git);
        // A platform thread: it reads what git prints. It ends when there is nothing to do for a while.
        ThreadPoolExecutor one = new ThreadPoolExecutor(
                1,
                1,
                30,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> Thread.ofPlatform()
                        .name("checkpoints")
                        .daemon()
                        .stackSize(STACK_BYTES)
                        .unstarted(task));
        one.allowCoreThreadTimeOut(true);
        this.thread = one;
    }

    /** @return the state now, or a little later; fails with an IOException that says what to do */
    public CompletableFuture<Checkpoint> take() {
        lock.lock();
        try {
            CompletableFuture<Checkpoint> there = waiting;
            if (there != null) {
                return there.copy();
            }
            CompletableFuture<Checkpoint> asked = new CompletableFuture<>();
            waiting = asked;
            latest = asked;
            thread.execute(() -> {
                lock.lock();
                waiting = null;
                lock.unlock();
                complete(asked, this::takeNow);
            });
            return asked.copy();
        } finally {
            lock.unlock();
        }
    }

    /** @return id of the checkpoint that was asked for last, when it is there; null: there is none */
    public CompletableFuture<@Nullable String> latest() {
        lock.lock();
        try {
            CompletableFuture<Checkpoint> asked = latest;
            if (asked != null) {
                return asked.handle((c, _) -> c == null ? null : c.id());
            }
        } finally {
            lock.unlock();
        }
        try {
            return CompletableFuture.completedFuture(git.newest());
        } catch (IOException e) {
            return CompletableFuture.completedFuture(null);
        }
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    private static <T> void complete(CompletableFuture<T> answer, Work<T> work) {
        try {
            answer.complete(work.run());
        } catch (IOException | RuntimeException e) {
            answer.completeExceptionally(e);
        } catch (Error e) {
            answer.completeExceptionally(e);
            throw e;
        }
    }

    private void opened() throws IOException {
        if (!open) {
            git.open();
            open = true;
        }
    }

    private Checkpoint takeNow() throws IOException {
        try {
            opened();
            Checkpoint taken = snapshot(true);
            tidy();
            return taken;
        } catch (IOException e) {
            // Perhaps a killed git left something, or the store is not what the list says: once more, from nothing.
            LOG.log(System.Logger.Level.INFO, "A checkpoint failed and is tried again: " + e.getMessage());
            git.open();
            return snapshot(false);
        }
    }

    private void tidy() {
        try {
            git.tidy(PACKS);
        } catch (IOException e) {
            // The checkpoint is there all the same; perhaps there is room the next time.
            LOG.log(System.Logger.Level.WARNING, "The store of checkpoints could not be tidied: " + e.getMessage());
        }
    }

    private Checkpoint snapshot(boolean trustCache) throws IOException {
        return Snapshot.take(git, Settings.read(store.resolve("settings.json")), project, store, trustCache, clock);
    }

    /** Lines and files that differ; in the checkpoints' thread. @param from null: nothing is compared */
    public CompletableFuture<Changes> figures(@Nullable String from, String to) {
        CompletableFuture<Changes> answer = new CompletableFuture<>();
        thread.execute(() -> complete(
                answer,
                () -> from == null || from.equals(to)
                        ? new Changes(to, to, 0, 0, 0, List.of(), false)
                        : comparison.changes(from, to, null, 0)));
        return answer;
    }

    /**
     * @param after the last path of the page before; null: the first page
     * @param limit most files that are named
     * @throws UnknownCheckpoint when there is none of that id
     */
    public Changes changes(String from, String to, @Nullable TreePath after, int limit) throws IOException {
        check(from, to);
        return comparison.changes(from, to, after, limit);
    }

    /**
     * @param context unchanged lines around each change
     * @param maxBytes longest diff
     * @throws UnknownCheckpoint when there is none of that id
     */
    public FileDiff diff(String from, String to, TreePath path, int context, int maxBytes) throws IOException {
        check(from, to);
        return comparison.diff(from, to, path, context, maxBytes);
    }

    /**
     * Gives a file's bytes, or a link's target.
     *
     * @return whether there is a file or link
     * @throws UnknownCheckpoint when there is none of that id
     * @throws IOException also when {@code to} does not take it
     */
    public boolean content(String checkpoint, TreePath path, OutputStream to) throws IOException {
        check(checkpoint);
        try (Objects objects = new Objects(git)) {
            Objects.Item item = objects.find(checkpoint, path);
            if (item == null || item.kind() == Stat.Kind.FOLDER) {
                return false;
            }
            objects.copy(item.id(), to);
            return true;
        }
    }

    /** @return everything that the checkpoint does not have. @throws UnknownCheckpoint when there is none of that id */
    public List<LeftOut> leftOut(String checkpoint) throws IOException {
        check(checkpoint);
        try (Objects objects = new Objects(git)) {
            return objects.manifest(checkpoint).leftOut();
        }
    }

    private void check(String... ids) throws IOException {
        for (String id : ids) {
            if (!ID.matcher(id).matches() || !Files.exists(store.resolve("git/ready"))) {
                throw new UnknownCheckpoint(id);
            }
        }
        try (Objects objects = new Objects(git)) {
            for (String id : ids) {
                if (!objects.knows(id)) {
                    throw new UnknownCheckpoint(id);
                }
            }
        }
    }

    /** There is no checkpoint of that id. */
    public static final class UnknownCheckpoint extends RuntimeException {
        private static final long serialVersionUID = 1;

        UnknownCheckpoint(String id) {
            super("There is no checkpoint " + id + " in this workspace.");
        }
    }

    /** Is told of the checkpoint of the present state before anything is touched. When it fails, nothing is. */
    public interface Before {
        void taken(Checkpoint present) throws IOException;
    }

    /**
     * What a restoration did.
     *
     * @param before checkpoint of the state before: going there takes it back
     * @param after the state now
     * @param files how many files, links and folders were changed
     * @param stopped why it did not come to its end; null: it did
     */
    public record Restored(
            Checkpoint before,
            @Nullable Checkpoint after,
            int files,
            List<Kept> kept,
            @Nullable String stopped) {}

    /**
     * Brings the project to a checkpoint. Doing it again, also after a crash in the middle, comes to the same.
     *
     * @param path what is restored; the root: everything
     * @return fails with {@link UnknownCheckpoint}, or an IOException when nothing was touched
     */
    public CompletableFuture<Restored> restore(String checkpoint, TreePath path, Before before) {
        return restore(checkpoint, List.of(path), before);
    }

    /** The same for several files or folders, of which none is in another. */
    public CompletableFuture<Restored> restore(String checkpoint, List<TreePath> paths, Before before) {
        return change(List.of(checkpoint), before, present -> () -> {
            int files = 0;
            List<Kept> kept = new ArrayList<>();
            for (TreePath path : paths) {
                Restoration.Outcome outcome = Restoration.run(git, project, seen(), present, checkpoint, path);
                files += outcome.files();
                kept.addAll(outcome.kept());
            }
            return new Restoration.Outcome(files, List.copyOf(kept));
        });
    }

    /**
     * Takes one change of a file back, wherever its lines are by now; whatever else changed in the file stays.
     *
     * @param checkpoint the state before the change; {@link Hunk#to} is the one after it
     * @return fails also with {@link HunkDoesNotApply}, when nothing was touched
     */
    public CompletableFuture<Restored> restoreHunk(String checkpoint, TreePath path, Hunk hunk, Before before) {
        return change(List.of(checkpoint, hunk.to()), before, present -> {
            String merged = new HunkMerge(git, store.resolve("hunk")).without(present, checkpoint, path, hunk);
            return () -> Restoration.content(git, project, seen(), present, path, merged);
        });
    }

    private Path seen() {
        return store.resolve("seen");
    }

    /** Prepares a change of what is there, before anything is touched or written down. @param present its checkpoint */
    private interface Preparation {
        Work<Restoration.Outcome> of(String present) throws IOException;
    }

    private CompletableFuture<Restored> change(List<String> needed, Before before, Preparation preparation) {
        CompletableFuture<Restored> answer = new CompletableFuture<>();
        thread.execute(() -> complete(answer, () -> {
            check(needed.toArray(String[]::new));
            Checkpoint present = takeNow();
            Work<Restoration.Outcome> work = preparation.of(present.id());
            before.taken(present);
            int files = 0;
            List<Kept> kept = List.of();
            String stopped = null;
            Checkpoint after = null;
            try {
                Restoration.Outcome outcome = work.run();
                files = outcome.files();
                kept = outcome.kept();
                after = takeNow();
                CompletableFuture<Checkpoint> done = CompletableFuture.completedFuture(after);
                lock.lock();
                if (waiting == null) {
                    latest = done;
                }
                lock.unlock();
            } catch (IOException e) {
                stopped = String.valueOf(e.getMessage());
            }
            return new Restored(present, after, files, kept, stopped);
        }));
        return answer;
    }

    /** Waits for what was asked for; nothing more is taken then. */
    @Override
    public void close() {
        thread.close();
    }
}
