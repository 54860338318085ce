package dev.claudevm.bridge.files;

import dev.claudevm.bridge.tree.TreePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Writes files so that nothing is lost. The new content goes to a temporary file in the same folder, is fsynced, and then
 * changes places with the old one in one step; what came out is looked at, and if it is not what the person had seen, the step
 * is taken back. So neither a cut upload, nor a second editor, nor the agent beside us loses a byte. Mode and owner stay.
 */
final class Saving {

    private static final int LOCKS = 64;

    private final Tree tree;
    private final Content content;
    private final Scratch scratch;
    private final FileBounds bounds;
    private final Lock[] locks = new Lock[LOCKS];

    Saving(Tree tree, Content content, Scratch scratch, FileBounds bounds) {
        this.tree = tree;
        this.content = content;
        this.scratch = scratch;
        this.bounds = bounds;
        for (int i = 0; i < LOCKS; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    /**
     * What must be so for the save.
     *
     * @param match the version that the person had seen; null: none
     * @param absent there must be nothing yet
     * @param force neither: whatever is there is replaced
     */
    record Condition(@Nullable String match, boolean absent, boolean force) {

        /** @throws FileProblem 428 when nothing is said: then nobody knows what would be overwritten */
        Condition {
            if (match == null && !absent && !force) {
                throw FileProblem.of(
                        FileProblem.CONDITION_NEEDED,
                        "This would overwrite whatever is there.",
                        "Send If-Match with the version that was read, If-None-Match: * for a new file, or force=true.");
            }
        }
    }

    /** A save that is under way. Closing it before {@link #commit} leaves everything as it was. One thread at a time. */
    final class Draft implements AutoCloseable {
        private final Tree.Place place;
        private final Scratch.Name temporary;
        private final FileChannel out;
        private final MessageDigest digest = Content.sha256();
        private long written;
        private boolean closed;

        private Draft(Tree.Place place) throws IOException {
            this.place = place;
            this.temporary = scratch.forWriting(place);
            try {
                this.out = FileChannel.open(
                        place.folder().at(temporary.bytes()),
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS);
            } catch (IOException e) {
                temporary.close();
                throw e;
            }
        }

        synchronized void write(ByteBuffer bytes) throws IOException {
            if (closed) {
                throw new IOException("The upload was cut");
            }
            written += bytes.remaining();
            if (written > bounds.saveBytes()) {
                throw FileProblem.of(
                        FileProblem.TOO_LARGE,
                        "The file is larger than " + bounds.saveBytes() + " bytes.",
                        "Bring it with scp or rsync, or raise saveBytes in files.json.");
            }
            digest.update(bytes.duplicate());
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
        }

        /** @return the new version. @throws FileProblem 412 when the condition does not hold; nothing is changed then */
        synchronized String commit(Condition condition) throws IOException {
            if (closed) {
                throw new IOException("The upload was cut");
            }
            out.force(true);
            String hash = Content.hash(digest);
            Lock lock = locks[Math.floorMod(place.path().hashCode(), LOCKS)];
            lock.lock();
            try {
                put(condition, hash);
            } finally {
                lock.unlock();
            }
            sync(place.folder());
            try (Pinned saved = place.pin()) {
                Stat stat = saved.stat();
                return stat.size() <= bounds.hashedBytes() && stat.size() == written
                        ? hash
                        : content.version(saved, stat);
            }
        }

        private void put(Condition condition, String hash) throws IOException {
            int folder = place.folder().fd();
            try (Pinned old = place.pin()) {
                Stat before = old.stat();
                Content.regular(before, place.path());
                String version = content.version(old, before);
                boolean same = version.equals(hash);
                if (!same) {
                    check(condition, version);
                }
                if (!Files.isWritable(old.path())) {
                    throw FileProblem.of(
                            FileProblem.FORBIDDEN,
                            "\"" + place.path() + "\" is read-only.",
                            "Change its mode in the terminal (chmod u+w).");
                }
                if (same) {
                    return; // said twice, or saved without a change
                }
                adopt(before);
                exchange(folder, before, condition);
            } catch (NoSuchFileException e) {
                if (condition.match() != null) {
                    throw changed(condition, null);
                }
                try {
                    Kernel.rename(folder, temporary.bytes(), folder, place.name(), Kernel.NO_REPLACE);
                } catch (FileAlreadyExistsException raced) {
                    throw changed(condition, null);
                }
            }
        }

        private void exchange(int folder, Stat before, Condition condition) throws IOException {
            long mine = aside().inode();
            try {
                swap(folder);
            } catch (FileSystemException e) {
                if (e.getReason() == null || !Kernel.CANNOT.contains(e.getReason())) {
                    throw e;
                }
                Kernel.rename(folder, temporary.bytes(), folder, place.name(), 0);
                return;
            }
            Stat cameOut = aside();
            if (!cameOut.untouched(before) && !condition.force()) {
                putBack(folder, mine, cameOut.inode());
                try (Pinned now = place.pin()) {
                    throw changed(condition, content.version(now, now.stat()));
                }
            }
        }

        /** Somebody wrote between our look and our step. Until what comes out is what we put in, it is newer and belongs there. */
        private void putBack(int folder, long putIn, long theirs) throws IOException {
            long expected = putIn;
            long newest = theirs;
            swap(folder);
            for (long out = aside().inode(); out != expected; out = aside().inode()) {
                expected = newest;
                newest = out;
                swap(folder);
            }
        }

        private void swap(int folder) throws IOException {
            Kernel.rename(folder, temporary.bytes(), folder, place.name(), Kernel.EXCHANGE);
        }

        private Stat aside() throws IOException {
            return Stat.of(place.folder().at(temporary.bytes()));
        }

        private void check(Condition condition, String version) {
            if (condition.force()) {
                return;
            }
            if (condition.absent() || !version.equals(condition.match())) {
                throw changed(condition, version);
            }
        }

        private FileProblem changed(Condition condition, @Nullable String version) {
            Map<String, @Nullable Object> facts = new LinkedHashMap<>();
            facts.put("yours", condition.match());
            facts.put("current", version);
            return condition.absent()
                    ? FileProblem.of(
                            FileProblem.CHANGED,
                            "\"" + place.path() + "\" is there already.",
                            "Take another name, or replace it: save with If-Match and its version.",
                            facts)
                    : FileProblem.of(
                            FileProblem.CHANGED,
                            version == null
                                    ? "\"" + place.path() + "\" was deleted or moved since it was read."
                                    : "\"" + place.path() + "\" was changed since it was read.",
                            version == null
                                    ? "Save it as a new file (If-None-Match: *)."
                                    : "Compare both, then save with If-Match and the current version.",
                            facts);
        }

        /** The new file gets the old one's mode and owner. */
        private void adopt(Stat old) throws IOException {
            Path file = place.folder().at(temporary.bytes());
            Stat mine = Stat.of(file);
            if (mine.owner() != old.owner() || mine.group() != old.group()) {
                try {
                    Files.setAttribute(file, "unix:uid", old.owner(), LinkOption.NOFOLLOW_LINKS);
                    Files.setAttribute(file, "unix:gid", old.group(), LinkOption.NOFOLLOW_LINKS);
                } catch (IOException e) {
                    throw FileProblem.of(
                            FileProblem.FORBIDDEN,
                            "\"" + place.path() + "\" belongs to somebody else and would change its owner.",
                            "Change it in the terminal (chown, or write it in place).");
                }
            }
            Files.setAttribute(file, "unix:mode", old.mode(), LinkOption.NOFOLLOW_LINKS);
            out.force(true);
        }

        @Override
        public synchronized void close() {
            if (closed) {
                return;
            }
            closed = true;
            try (place;
                    temporary) {
                out.close();
                // The unfinished new content, or the old one that is no longer needed.
                Files.deleteIfExists(place.folder().at(temporary.bytes()));
            } catch (IOException e) {
                System.getLogger(Saving.class.getName())
                        .log(System.Logger.Level.WARNING, "A temporary file stays: " + e.getMessage());
            }
        }
    }

    /** @param parents make the folders on the way */
    Draft begin(TreePath path, boolean parents) throws IOException {
        if (parents) {
            makeFolders(path.parent());
        }
        Tree.Place place = tree.place(path, true).forWriting();
        try {
            return new Draft(place);
        } catch (IOException | RuntimeException e) {
            place.close();
            throw e;
        }
    }

    /** Makes it and what is missing on the way to it. */
    void makeFolders(@Nullable TreePath path) throws IOException {
        if (path == null || path.isRoot()) {
            return;
        }
        try (Pinned there = tree.folder(path)) {
            return;
        } catch (FileProblem e) {
            if (e.status() != FileProblem.MISSING) {
                throw e;
            }
        }
        makeFolders(path.parent());
        try (Tree.Place place = tree.place(path, false).forWriting()) {
            Files.createDirectory(place.file());
        } catch (FileAlreadyExistsException e) {
            // Somebody else made it; if it is no folder, the next step says so.
        }
    }

    /** A name is on the disk when its folder is. */
    static void sync(Pinned folder) {
        try (FileChannel channel = FileChannel.open(folder.path(), StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // This file system cannot, or the folder may not be read: then it is as safe as everybody's files here.
        }
    }
}
