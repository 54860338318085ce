package dev.claudevm.bridge.checkpoint;

import dev.claudevm.bridge.checkpoint.Objects.Item;
import dev.claudevm.bridge.checkpoint.Stat.Kind;
import dev.claudevm.bridge.tree.TreePath;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Brings the project, or what is at one path of it, to what it was at a checkpoint. It changes only what the checkpoint of
 * the present state has as well, so that everything can be taken back; whatever else is in the way is kept and named. Each
 * file is written beside its place and then renamed; no path leads through a symbolic link.
 */
final class Restoration {

    /** @param files how many files, links and folders were changed */
    record Outcome(int files, List<Kept> kept) {}

    private static final int OWNER_ALL = 0700;

    private final Objects objects;
    private final Path root;
    private final String target;
    private final Manifest was;
    private final Manifest is;
    private final TreePath scope;
    private final TreeMap<TreePath, Item> deletes = new TreeMap<>();
    private final TreeMap<TreePath, Item> writes = new TreeMap<>();
    private final TreeMap<TreePath, Integer> modes = new TreeMap<>();
    private final TreeMap<TreePath, Integer> newFolders = new TreeMap<>();
    private final TreeMap<TreePath, Boolean> oldFolders = new TreeMap<>();
    private final Map<TreePath, Stat> seen = new HashMap<>();
    private final Map<TreePath, Integer> opened = new TreeMap<>();
    private final List<Kept> kept = new ArrayList<>();
    private int files;

    private Restoration(Objects objects, Path root, String present, String target, TreePath scope) throws IOException {
        this.objects = objects;
        this.root = root;
        this.target = target;
        this.scope = scope;
        this.is = objects.manifest(present);
        this.was = objects.manifest(target);
    }

    /**
     * @param present the checkpoint of the present state, taken just now
     * @param cache how everything looked then
     */
    static Outcome run(Git git, Path project, Path cache, String present, String target, TreePath scope)
            throws IOException {
        try (Objects objects = new Objects(git)) {
            Restoration restoration = new Restoration(objects, project.toRealPath(), present, target, scope);
            restoration.plan(present, cache);
            return restoration.perform();
        }
    }

    /** Gives one file that is there another content, which the store has. Its mode stays. @param id of the content */
    static Outcome content(Git git, Path project, Path cache, String present, TreePath path, String id)
            throws IOException {
        try (Objects objects = new Objects(git)) {
            Restoration restoration = new Restoration(objects, project.toRealPath(), present, present, path);
            Item item = java.util.Objects.requireNonNull(objects.find(present, path));
            if (!item.id().equals(id)) {
                restoration.writes.put(path, new Item(path, Kind.FILE, item.executable(), id));
                restoration.look(cache);
            }
            return restoration.perform();
        }
    }

    private void plan(String present, Path cache) throws IOException {
        boolean whole = !was.usual().equals(is.usual());
        objects.pairs(present, target, scope, whole, this::compare);
        for (TreePath path : is.emptyFolders()) {
            if (path.within(scope) && !isFolderInTarget(path)) {
                oldFolders.put(path, true);
            }
        }
        for (TreePath path : was.emptyFolders()) {
            if (path.within(scope)) {
                newFolders.put(path, was.mode(path, Kind.FOLDER, false));
            }
        }
        if (!whole) {
            modesOnly(present);
        }
        look(cache);
    }

    /** Remembers how what will be touched looked when the present state's checkpoint was taken. */
    private void look(Path cache) throws IOException {
        try (StatCache.Reader entries = StatCache.Reader.of(cache)) {
            for (StatCache.Entry e = entries.current(); e != null; e = entries.current()) {
                if (deletes.containsKey(e.path()) || writes.containsKey(e.path())) {
                    seen.put(e.path(), e.stat());
                }
                entries.advance();
            }
        }
    }

    private boolean isFolderInTarget(TreePath path) throws IOException {
        Item item = objects.find(target, path);
        return was.emptyFolders().contains(path) || (item != null && item.kind() == Kind.FOLDER);
    }

    private void compare(@Nullable Item old, @Nullable Item now) {
        if (old != null && (now == null || now.kind() != old.kind())) {
            if (old.kind() == Kind.FOLDER) {
                if (!was.emptyFolders().contains(old.path())) {
                    oldFolders.put(old.path(), true);
                }
            } else if (now == null || now.kind() == Kind.FOLDER) {
                deletes.put(old.path(), old);
            }
        }
        if (now == null) {
            return;
        }
        TreePath path = now.path();
        Item same = old != null && old.kind() == now.kind() ? old : null;
        int mode = was.mode(path, now.kind(), now.executable());
        if (now.kind() == Kind.FOLDER) {
            if (same == null) {
                newFolders.put(path, mode);
            } else if (is.mode(path, Kind.FOLDER, false) != mode) {
                modes.put(path, mode);
            }
        } else if (same == null || !now.id().equals(same.id())) {
            writes.put(path, now);
        } else if (now.kind() == Kind.FILE && is.mode(path, Kind.FILE, same.executable()) != mode) {
            modes.put(path, mode);
        }
    }

    /** Modes that differ in folders whose trees are the same. */
    private void modesOnly(String present) throws IOException {
        var candidates = new java.util.TreeSet<>(was.modes().keySet());
        candidates.addAll(is.modes().keySet());
        for (TreePath path : candidates) {
            if (!path.within(scope)
                    || writes.containsKey(path)
                    || newFolders.containsKey(path)
                    || java.util.Objects.equals(
                            was.modes().get(path), is.modes().get(path))) {
                continue;
            }
            Item now = objects.find(target, path);
            Item old = objects.find(present, path);
            if (now != null && old != null && now.kind() == old.kind() && now.kind() != Kind.LINK) {
                modes.put(path, was.mode(path, now.kind(), now.executable()));
            } else if (now == null && was.emptyFolders().contains(path)) {
                modes.put(path, was.mode(path, Kind.FOLDER, false));
            }
        }
    }

    private Outcome perform() throws IOException {
        try {
            for (Item item : deletes.values()) {
                each(item.path(), () -> delete(item.path()));
            }
            for (TreePath path : oldFolders.descendingKeySet()) {
                each(path, () -> removeFolder(path));
            }
            for (TreePath path : newFolders.keySet()) {
                each(path, () -> makeFolder(path));
            }
            for (Item item : writes.values()) {
                each(item.path(), () -> write(item));
            }
            for (Map.Entry<TreePath, Integer> e : modes.entrySet()) {
                each(e.getKey(), () -> changeMode(e.getKey(), e.getValue()));
            }
        } finally {
            for (Map.Entry<TreePath, Integer> e :
                    ((TreeMap<TreePath, Integer>) opened).descendingMap().entrySet()) {
                Path disk = e.getKey().in(root);
                if (Files.isDirectory(disk, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
                    setMode(disk, e.getValue());
                }
            }
        }
        return new Outcome(files, List.copyOf(kept));
    }

    private interface Step {
        void run() throws IOException;
    }

    /** What cannot be done to one path is said, and the others go on; a full disk ends everything. */
    private void each(TreePath path, Step step) throws IOException {
        try {
            step.run();
        } catch (NoSuchFileException e) {
            kept.add(new Kept(path, "it or its folder has gone meanwhile"));
        } catch (FileSystemException e) {
            if (String.valueOf(e.getReason()).matches(".*(No space left|quota exceeded).*")) {
                throw e;
            }
            kept.add(new Kept(path, Walk.reason(e)));
        }
    }

    private void keep(TreePath path, String why) {
        kept.add(new Kept(path, why));
    }

    /** @return the folder in which something may be changed; null: it was said why nothing may be */
    private @Nullable Path folderOf(TreePath path) throws IOException {
        TreePath parent = java.util.Objects.requireNonNull(path.parent());
        Path disk = parent.in(root);
        if (!parent.isRoot() && !Files.exists(disk, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
            makeFolder(parent);
        }
        if (!Files.isDirectory(disk, java.nio.file.LinkOption.NOFOLLOW_LINKS)
                || !disk.toRealPath().equals(disk)) {
            keep(path, "its folder is a symbolic link or no folder now");
            return null;
        }
        if (!parent.isRoot()) {
            int mode = Stat.of(disk).mode();
            if ((mode & OWNER_ALL) != OWNER_ALL && !opened.containsKey(parent)) {
                opened.put(parent, mode);
                setMode(disk, mode | OWNER_ALL);
            }
        }
        return disk;
    }

    /** @return whether what is there is what the checkpoint of the present state has */
    private boolean saved(TreePath path, Path disk) throws IOException {
        Stat then = seen.get(path);
        Stat now = Stat.of(disk);
        if (then == null) {
            keep(path, "what is there now is in no checkpoint");
            return false;
        }
        boolean same = now.kind() == then.kind()
                && now.size() == then.size()
                && now.modified() == then.modified()
                && now.inode() == then.inode();
        if (!same) {
            keep(path, "it was changed meanwhile");
        }
        return same;
    }

    private static boolean exists(Path disk) {
        return Files.exists(disk, java.nio.file.LinkOption.NOFOLLOW_LINKS);
    }

    private void delete(TreePath path) throws IOException {
        if (was.ignores(path)) {
            keep(path, "the checkpoint does not know what was there: it had left it out");
            return;
        }
        Path disk = path.in(root);
        if (folderOf(path) != null && exists(disk) && saved(path, disk)) {
            Files.delete(disk);
            files++;
        }
    }

    private void removeFolder(TreePath path) throws IOException {
        if (was.ignores(path) || folderOf(path) == null) {
            return;
        }
        try {
            if (Files.isDirectory(path.in(root), java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
                Files.delete(path.in(root));
                opened.remove(path);
                files++;
            }
        } catch (DirectoryNotEmptyException e) {
            keep(path, "there is something in the folder that is in no checkpoint");
        }
    }

    private void makeFolder(TreePath path) throws IOException {
        Path disk = path.in(root);
        if (folderOf(path) == null) {
            return;
        }
        int mode = was.mode(path, Kind.FOLDER, false);
        if (exists(disk)) {
            if (!Files.isDirectory(disk, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
                keep(path, "something else is where the folder was");
            } else if (Stat.of(disk).mode() != mode) {
                modes.put(path, mode);
            }
            return;
        }
        Files.createDirectory(disk, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        opened.put(path, mode);
        files++;
    }

    private void write(Item item) throws IOException {
        TreePath path = item.path();
        Path folder = folderOf(path);
        if (folder == null) {
            return;
        }
        Path disk = path.in(root);
        if (exists(disk) && !saved(path, disk)) {
            return;
        }
        Path unfinished = folder.resolve(Walk.UNFINISHED
                + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong()));
        try {
            if (item.kind() == Kind.LINK) {
                SymbolicLink.make(unfinished, objects.content(item.id()));
            } else {
                Files.createFile(
                        unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                try (OutputStream out = Files.newOutputStream(unfinished, StandardOpenOption.WRITE)) {
                    objects.copy(item.id(), out);
                }
                setMode(unfinished, was.mode(path, Kind.FILE, item.executable()));
            }
            Files.move(unfinished, disk, StandardCopyOption.ATOMIC_MOVE);
            files++;
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    private void changeMode(TreePath path, int mode) throws IOException {
        Path disk = path.in(root);
        if (folderOf(path) == null) {
            return;
        }
        Kind kind = Stat.of(disk).kind();
        if (kind != Kind.FILE && kind != Kind.FOLDER) {
            keep(path, "it is something else now");
            return;
        }
        if (kind == Kind.FOLDER) {
            opened.put(path, mode); // at the end, when nothing must be written into it any more
        } else {
            setMode(disk, mode);
        }
        files++;
    }

    private static void setMode(Path disk, int mode) throws IOException {
        Files.setAttribute(disk, "unix:mode", mode);
    }
}
