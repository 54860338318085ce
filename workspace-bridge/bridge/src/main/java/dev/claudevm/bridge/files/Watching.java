package dev.claudevm.bridge.files;

import dev.claudevm.bridge.tree.TreePath;
import dev.claudevm.protocol.FileTree.Change;
import dev.claudevm.protocol.FileTree.Entry;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Watches exactly the folders that pages show, with inotify. One thread takes what the kernel says and puts it into each
 * watch's own notes, which are bounded: more than a few names in a folder become "look at it again". Nobody's slowness holds up
 * another.
 */
final class Watching {

    /** More changed names than these in one folder, and the folder is to be looked at as a whole. */
    private static final int NAMES = 100;

    private static final WatchEvent.Kind<?>[] KINDS = {
        StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE, StandardWatchEventKinds.ENTRY_MODIFY
    };

    private final Tree tree;
    private final Entries entries;
    private final FileBounds bounds;
    private final Map<WatchKey, Set<Folder>> interested = new HashMap<>();
    private @Nullable WatchService service;
    private int watches;

    Watching(Tree tree, Entries entries, FileBounds bounds) {
        this.tree = tree;
        this.entries = entries;
        this.bounds = bounds;
    }

    /** What one watch has noted of one folder. Guarded by {@link Watching}. */
    private static final class Folder {
        private final TreePath path;
        private final Set<TreePath> names = new HashSet<>();
        private boolean again;
        private @Nullable WatchKey key;
        private long inode;

        Folder(TreePath path) {
            this.path = path;
        }

        void note(@Nullable TreePath name) {
            if (name == null || names.size() >= NAMES) {
                again = true;
                names.clear();
            } else if (!again) {
                names.add(name);
            }
        }
    }

    /** One page's folders. Any thread may take or close. */
    final class Watch implements AutoCloseable {
        private final Map<TreePath, Folder> folders = new LinkedHashMap<>();
        private boolean closed;

        private Watch(List<TreePath> paths) throws IOException {
            for (TreePath path : paths) {
                Folder folder = new Folder(path);
                folders.put(path, folder);
                attach(folder);
            }
        }

        /** @return the folders that are there and watched */
        List<String> present() {
            synchronized (Watching.this) {
                return folders.values().stream()
                        .filter(f -> f.key != null)
                        .map(f -> f.path.toString())
                        .toList();
            }
        }

        /** Looks whether each path still leads to the folder that is watched; another one is watched from now on. */
        void check() {
            for (Folder folder : List.copyOf(folders.values())) {
                try (Pinned now = tree.folder(folder.path)) {
                    if (now.stat().inode() == folder.inode) {
                        continue;
                    }
                } catch (FileProblem | IOException e) {
                    if (folder.key == null) {
                        continue;
                    }
                }
                synchronized (Watching.this) {
                    if (closed) {
                        return;
                    }
                    detach(folder);
                    folder.note(null);
                }
                try {
                    attach(folder);
                } catch (IOException | FileProblem e) {
                    // The system has no more watches; the page is told to look again each time.
                }
            }
        }

        /** @return what has changed since the last time */
        List<Change> take() {
            List<Change> changes = new ArrayList<>();
            for (Folder folder : List.copyOf(folders.values())) {
                List<TreePath> names;
                boolean again;
                synchronized (Watching.this) {
                    names = List.copyOf(folder.names);
                    again = folder.again;
                    folder.names.clear();
                    folder.again = false;
                }
                if (again) {
                    changes.add(new Change(folder.path.toString(), List.of(), List.of(), true));
                } else if (!names.isEmpty()) {
                    changes.add(change(folder.path, names));
                }
            }
            return changes;
        }

        @Override
        public void close() {
            synchronized (Watching.this) {
                if (!closed) {
                    closed = true;
                    watches--;
                    folders.values().forEach(Watching.this::detach);
                }
            }
        }
    }

    private Change change(TreePath path, List<TreePath> names) {
        List<Entry> there = new ArrayList<>();
        List<String> gone = new ArrayList<>();
        try (Pinned folder = tree.folder(path)) {
            for (TreePath name : names) {
                try {
                    there.add(entries.of(path, folder, name.bytes(), null));
                } catch (NoSuchFileException e) {
                    gone.add(name.toString());
                }
            }
            return new Change(path.toString(), there, gone, false);
        } catch (FileProblem | IOException e) {
            return new Change(path.toString(), List.of(), List.of(), true);
        }
    }

    /** @throws FileProblem when there are too many */
    Watch open(List<TreePath> paths) throws IOException {
        if (paths.size() > bounds.watchedFolders()) {
            throw FileProblem.of(
                    FileProblem.BAD,
                    "More than " + bounds.watchedFolders() + " folders cannot be watched at once.",
                    "Watch those that can be seen.");
        }
        synchronized (this) {
            if (watches >= bounds.watches()) {
                throw FileProblem.of(
                        FileProblem.BUSY,
                        "Too many pages watch this workspace's files.",
                        "Close some; meanwhile look at folders again by hand.");
            }
            watches++;
        }
        try {
            return new Watch(paths);
        } catch (IOException | RuntimeException e) {
            synchronized (this) {
                watches--;
            }
            throw e;
        }
    }

    /** A folder that is not there is attached when {@link Watch#check} finds it. */
    private void attach(Folder folder) throws IOException {
        try (Pinned pinned = tree.folder(folder.path)) {
            long inode = pinned.stat().inode();
            synchronized (this) {
                WatchKey key = pinned.path().register(service(), KINDS);
                interested.computeIfAbsent(key, _ -> new HashSet<>()).add(folder);
                folder.key = key;
                folder.inode = inode;
            }
        } catch (FileProblem e) {
            if (e.status() == FileProblem.BAD) {
                throw e;
            }
        } catch (IOException e) {
            throw FileProblem.of(
                    FileProblem.BUSY,
                    "The system watches no more folders: " + e.getMessage() + ".",
                    "Raise fs.inotify.max_user_watches and max_user_instances; look at folders again by hand meanwhile.");
        }
    }

    private synchronized void detach(Folder folder) {
        WatchKey key = folder.key;
        folder.key = null;
        folder.inode = 0;
        Set<Folder> all = key == null ? null : interested.get(key);
        if (all != null && key != null) {
            all.remove(folder);
            if (all.isEmpty()) {
                interested.remove(key);
                key.cancel();
            }
        }
    }

    private synchronized WatchService service() throws IOException {
        WatchService known = service;
        if (known == null) {
            WatchService made = FileSystems.getDefault().newWatchService();
            Thread.ofPlatform().daemon().name("file-watch").start(() -> listen(made));
            service = made;
            return made;
        }
        return known;
    }

    private void listen(WatchService from) {
        try {
            while (true) {
                WatchKey key = from.take();
                List<WatchEvent<?>> events = key.pollEvents();
                boolean gone = !key.reset();
                synchronized (this) {
                    for (Folder folder : interested.getOrDefault(key, Set.of())) {
                        events.forEach(e -> note(folder, e));
                        if (gone) {
                            folder.note(null);
                            folder.key = null;
                            folder.inode = 0;
                        }
                    }
                    if (gone) {
                        interested.remove(key);
                    }
                }
            }
        } catch (InterruptedException | ClosedWatchServiceException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void note(Folder folder, WatchEvent<?> event) {
        if (event.context() instanceof Path name) {
            byte[] bytes = TreePath.bytesOf(Path.of("/").resolve(name));
            byte[] plain = java.util.Arrays.copyOfRange(bytes, 1, bytes.length);
            if (!Scratch.isOurs(plain)) {
                folder.note(TreePath.of(plain));
            }
        } else {
            folder.note(null);
        }
    }
}
