package dev.claudevm.bridge.files;

import dev.claudevm.bridge.tree.TreePath;
import dev.claudevm.protocol.FileTree.Deleted;
import dev.claudevm.protocol.FileTree.Entry;
import dev.claudevm.protocol.FileTree.Moved;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;

/** New folders, and other names for what is there. Nothing is overwritten unless that is wanted, and then it can be had back. */
final class Moves {

    private final Tree tree;
    private final Entries entries;
    private final Saving saving;
    private final Trash trash;

    Moves(Tree tree, Entries entries, Saving saving, Trash trash) {
        this.tree = tree;
        this.entries = entries;
        this.saving = saving;
        this.trash = trash;
    }

    /** @param parents make the folders on the way; then it is no failure when it is there already */
    Entry makeFolder(TreePath path, boolean parents) {
        try {
            if (parents) {
                saving.makeFolders(path);
            }
            try (Tree.Place place = tree.place(path, false).forWriting()) {
                if (!parents) {
                    Files.createDirectory(place.file());
                    Saving.sync(place.folder());
                }
                return entries.of(place);
            }
        } catch (IOException e) {
            throw FileProblem.of(e, path.toString());
        }
    }

    /** @param replace what is at the new place goes to the trash */
    Moved move(TreePath from, TreePath to, boolean replace) {
        try (Tree.Place old = tree.place(from, false).forWriting();
                Tree.Place fresh = tree.place(to, false).forWriting()) {
            Stat.of(old.file());
            if (fresh.path().equals(old.path())) {
                return new Moved(entries.of(old), null);
            }
            if (fresh.path().within(old.path())) {
                throw FileProblem.of(
                        FileProblem.CONFLICT,
                        "\"" + from + "\" cannot be moved into itself.",
                        "Take a folder outside of it.");
            }
            Deleted undo = null;
            try {
                rename(old, fresh);
            } catch (FileAlreadyExistsException e) {
                if (!replace) {
                    throw FileProblem.of(
                            FileProblem.CONFLICT,
                            "\"" + to + "\" is there already.",
                            "Take another name, or say replace; what is there goes to the trash then.");
                }
                undo = trash.delete(fresh);
                renameOrTakeBack(old, fresh, undo);
            }
            Saving.sync(old.folder());
            Saving.sync(fresh.folder());
            return new Moved(entries.of(fresh), undo);
        } catch (NoSuchFileException e) {
            throw FileProblem.of(e, from.toString());
        } catch (IOException e) {
            throw FileProblem.of(e, to.toString());
        }
    }

    private void renameOrTakeBack(Tree.Place old, Tree.Place fresh, Deleted undo) throws IOException {
        try {
            rename(old, fresh);
        } catch (IOException | RuntimeException e) {
            trash.restore(undo.id(), null, saving);
            throw e;
        }
    }

    private static void rename(Tree.Place old, Tree.Place fresh) throws IOException {
        try {
            Kernel.rename(old.folder().fd(), old.name(), fresh.folder().fd(), fresh.name(), Kernel.NO_REPLACE);
        } catch (AtomicMoveNotSupportedException e) {
            throw FileProblem.of(
                    FileProblem.CONFLICT,
                    "\"" + fresh.path() + "\" is on another file system.",
                    "Move it in the terminal (mv), which copies it.");
        } catch (FileSystemException e) {
            if (e.getReason() == null || !Kernel.CANNOT.contains(e.getReason())) {
                throw e;
            }
            // This file system cannot rename without replacing: look first.
            if (Files.exists(fresh.file(), java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
                throw new FileAlreadyExistsException(fresh.path().toString());
            }
            Kernel.rename(old.folder().fd(), old.name(), fresh.folder().fd(), fresh.name(), 0);
        }
    }
}
