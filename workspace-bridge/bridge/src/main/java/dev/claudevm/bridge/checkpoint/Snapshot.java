package dev.claudevm.bridge.checkpoint;

import dev.claudevm.bridge.checkpoint.Stat.Kind;
import dev.claudevm.bridge.tree.TreePath;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Takes one checkpoint: walks the project beside the list of how it looked the last time, and streams what differs to git.
 * The project is only read.
 */
final class Snapshot implements Walk.Visitor, AutoCloseable {

    /** What changed so shortly before the last walk may have changed again within the same tick of the disk's clock. */
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** The same on a disk whose times have no fractions of milliseconds: old ext, FAT, some networks. */
    private static final long COARSE_TICK_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final int SMALL_BYTES = 1 << 20;
    private static final int TRIES = 3;

    private final Git git;
    private final Settings settings;
    private final Path cacheFile;
    private final @Nullable String newest;
    private final boolean anew;
    private final long lastStarted;
    private final String lastManifest;
    private final @Nullable String lastTree;
    private final Instant started;
    private final StatCache.Reader before;
    private final StatCache.Writer after;
    private final Manifest.Counts counts = new Manifest.Counts();
    private final List<LeftOut> leftOut = new ArrayList<>();
    private byte[] buffer = new byte[1 << 16];
    private @Nullable FastImport fresh;

    private Snapshot(Git git, Settings settings, Path cacheFile, boolean trustCache, Clock clock) throws IOException {
        this.git = git;
        this.settings = settings;
        this.cacheFile = cacheFile;
        this.started = clock.instant();
        this.newest = git.newest();
        StatCache.Belongs belongs = trustCache ? StatCache.belongsTo(cacheFile) : null;
        this.anew = belongs == null || !belongs.commit().equals(newest);
        this.lastStarted = belongs == null ? 0 : belongs.started();
        this.lastTree = anew || belongs == null ? null : belongs.tree();
        this.lastManifest = belongs == null ? "" : belongs.manifest();
        this.before = anew ? StatCache.Reader.nothing() : StatCache.Reader.of(cacheFile);
        this.after = new StatCache.Writer(cacheFile);
    }

    /**
     * @param store the folder that is never entered
     * @param trustCache false: read everything anew
     */
    static Checkpoint take(Git git, Settings settings, Path project, Path store, boolean trustCache, Clock clock)
            throws IOException {
        try (Snapshot snapshot = new Snapshot(git, settings, store.resolve("seen"), trustCache, clock)) {
            new Walk(settings, store, snapshot).over(project);
            return snapshot.finish();
        }
    }

    @Override
    public void entry(TreePath path, Path disk, Stat stat) throws IOException {
        Stat old = catchUp(path);
        switch (stat.kind()) {
            case FOLDER -> {
                if (old != null && old.kind() != Kind.FOLDER) {
                    fresh().delete(path);
                }
                note(path, stat);
            }
            case FILE -> {
                if (stat.size() > settings.maxFileBytes()) {
                    drop(path, old, "larger than " + settings.maxFileBytes() / (1024 * 1024) + " MB", stat.size());
                } else if (same(old, stat)) {
                    note(path, stat);
                } else {
                    store(path, disk, stat, old);
                }
            }
            case LINK -> {
                if (same(old, stat)) {
                    note(path, stat);
                } else {
                    storeLink(path, disk, stat, old);
                }
            }
            case OTHER -> {}
        }
    }

    @Override
    public void leftOut(LeftOut what) {
        leftOut.add(what);
    }

    /** Deletes what lay before {@code path} and is gone. @return how {@code path} looked */
    private @Nullable Stat catchUp(@Nullable TreePath path) throws IOException {
        StatCache.Entry old = before.current();
        while (old != null && (path == null || old.path().compareTo(path) < 0)) {
            if (old.stat().kind() != Kind.FOLDER) {
                fresh().delete(old.path());
            }
            before.advance();
            old = before.current();
        }
        if (old == null || !old.path().equals(path)) {
            return null;
        }
        before.advance();
        return old.stat();
    }

    private boolean same(@Nullable Stat old, Stat now) {
        if (old == null || !now.equals(old)) {
            return false;
        }
        boolean fine = now.changed() % TimeUnit.MILLISECONDS.toNanos(1) != 0;
        return now.changed() < lastStarted - (fine ? TICK_NANOS : COARSE_TICK_NANOS);
    }

    private void note(TreePath path, Stat stat) throws IOException {
        counts.add(stat);
        after.add(path, stat);
    }

    private void drop(TreePath path, @Nullable Stat old, String why, long bytes) throws IOException {
        if (old != null && old.kind() != Kind.FOLDER) {
            fresh().delete(path);
        }
        if (!why.isEmpty()) {
            leftOut.add(new LeftOut(path, why, bytes, false));
        }
    }

    private void store(TreePath path, Path disk, Stat seen, @Nullable Stat old) throws IOException {
        try (SeekableByteChannel in = Files.newByteChannel(disk, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            if (seen.size() <= SMALL_BYTES) {
                int length = readSmall(in, (int) seen.size());
                fresh().file(path, seen.executable(), buffer, length);
            } else if (!storeLarge(path, in, seen)) {
                fresh().delete(path);
                drop(path, null, "was being rewritten all the time", seen.size());
                return;
            }
            note(path, seen.equals(Stat.of(disk)) ? seen : seen.restless());
        } catch (NoSuchFileException e) {
            // The file has gone while it was read. What was stored of it goes as well.
            if (old != null || fresh != null) {
                fresh().delete(path);
            }
        } catch (FileSystemException e) {
            drop(path, old, "cannot be read: " + Walk.reason(e), 0);
        }
    }

    private int readSmall(SeekableByteChannel in, int size) throws IOException {
        if (buffer.length < size) {
            buffer = new byte[SMALL_BYTES];
        }
        ByteBuffer into = ByteBuffer.wrap(buffer, 0, size);
        while (into.hasRemaining() && in.read(into) >= 0) {
            // A file that has become shorter ends earlier.
        }
        return into.position();
    }

    private boolean storeLarge(TreePath path, SeekableByteChannel in, Stat seen) throws IOException {
        long size = seen.size();
        for (int i = 0; i < TRIES; i++) {
            in.position(0);
            InputStream stream = Channels.newInputStream(in);
            if (fresh().large(path, seen.executable(), stream, size)) {
                return true;
            }
            size = in.size();
        }
        return false;
    }

    private void storeLink(TreePath path, Path disk, Stat stat, @Nullable Stat old) throws IOException {
        try {
            fresh().link(path, TreePath.bytesOf(Files.readSymbolicLink(disk)));
            note(path, stat.equals(Stat.of(disk)) ? stat : stat.restless());
        } catch (java.nio.file.NotLinkException | NoSuchFileException e) {
            drop(path, old, "", 0);
        }
    }

    private FastImport fresh() throws IOException {
        if (fresh == null) {
            fresh = new FastImport(git, newest, anew, started);
        }
        return fresh;
    }

    private Checkpoint finish() throws IOException {
        catchUp(null);
        byte[] manifest;
        try (StatCache.Reader entries = after.reread()) {
            manifest = Manifest.write(entries, counts.usual(), leftOut);
        }
        String hash = Manifest.hash(manifest);
        FastImport.Done last = newest == null || lastTree == null ? null : new FastImport.Done(newest, lastTree);
        if (fresh != null || last == null || !hash.equals(lastManifest)) {
            fresh().manifest(manifest);
            FastImport.Done done = fresh().done(lastTree);
            if (done != null) {
                last = done;
            }
        }
        if (last == null) {
            throw new IllegalStateException("Nothing is the same as nothing");
        }
        String id = last.id();
        long nanos = TimeUnit.SECONDS.toNanos(started.getEpochSecond()) + started.getNano();
        after.keep(cacheFile, new StatCache.Belongs(id, last.tree(), hash, nanos));
        return new Checkpoint(id, started, List.copyOf(leftOut));
    }

    @Override
    public void close() throws IOException {
        try (before;
                after) {
            if (fresh != null) {
                fresh.close();
                git.sweepPacks();
            }
        }
    }
}
