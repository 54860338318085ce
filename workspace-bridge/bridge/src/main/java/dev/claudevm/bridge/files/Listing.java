package dev.claudevm.bridge.files;

import dev.claudevm.bridge.tree.TreePath;
import dev.claudevm.protocol.FileTree.Entry;
import dev.claudevm.protocol.FileTree.Page;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Windows of folders' lists. Names and types of a whole folder are read and sorted at once, which is quick; size, time and the
 * rest only of what the window shows. The order of a large folder is kept for the next window, as long as the folder's own
 * time says that it is still right.
 */
final class Listing {

    private static final int KEPT_FROM = 2_000;
    private static final int KEPT_FOLDERS = 4;

    /** A folder that changed so recently may change again without another time. */
    private static final long SETTLED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Tree tree;
    private final Entries entries;
    private final Ignored ignored;
    private final FileBounds bounds;
    private final Map<Long, Sorted> kept = new LinkedHashMap<>(16, 0.75f, true);

    Listing(Tree tree, Entries entries, Ignored ignored, FileBounds bounds) {
        this.tree = tree;
        this.entries = entries;
        this.ignored = ignored;
        this.bounds = bounds;
    }

    private record Name(byte[] bytes, boolean folder) {}

    private record Sorted(Stat of, Name[] names, int folders, boolean complete) {
        String tag() {
            return Long.toHexString(of.inode()) + "-" + Long.toHexString(of.modified()) + "-" + names.length;
        }
    }

    /**
     * @param from number of the first entry, from 0
     * @param marks whether git is asked what it ignores
     */
    Page page(TreePath path, int from, int limit, boolean marks) {
        try (Pinned folder = tree.folder(path)) {
            Sorted sorted = sorted(folder);
            int first = Math.min(from, sorted.names.length);
            int last = Math.min(sorted.names.length, first + Math.min(limit, bounds.pageEntries()));
            List<byte[]> names =
                    Arrays.stream(sorted.names, first, last).map(Name::bytes).toList();
            Set<TreePath> dim = marks && !path.inGit() ? ignored.of(folder, names) : null;
            List<Entry> page = new ArrayList<>(names.size());
            for (byte[] name : names) {
                try {
                    page.add(entries.of(path, folder, name, dim == null ? null : dim.contains(TreePath.of(name))));
                } catch (NoSuchFileException e) {
                    // It was deleted since; the next look will show that.
                }
            }
            return new Page(
                    path.toString(), sorted.tag(), sorted.names.length, sorted.folders, first, sorted.complete, page);
        } catch (IOException e) {
            throw FileProblem.of(e, path.toString());
        }
    }

    private Sorted sorted(Pinned folder) throws IOException {
        Stat stat = folder.stat();
        synchronized (kept) {
            Sorted known = kept.get(stat.inode());
            if (known != null && known.of.equals(stat)) {
                return known;
            }
        }
        long begin = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
        Sorted fresh = read(folder, stat);
        synchronized (kept) {
            kept.remove(stat.inode());
            if (fresh.names.length >= KEPT_FROM && begin - stat.modified() > SETTLED_NANOS) {
                kept.put(stat.inode(), fresh);
                if (kept.size() > KEPT_FOLDERS) {
                    kept.remove(kept.keySet().iterator().next());
                }
            }
        }
        return fresh;
    }

    private Sorted read(Pinned folder, Stat stat) throws IOException {
        List<Name> names = new ArrayList<>();
        int[] left = {bounds.folderEntries()};
        Kernel.names(folder.fd(), (name, type) -> {
            if (!Scratch.isOurs(name) && --left[0] >= 0) {
                names.add(new Name(name, type == Kernel.FOLDER || (type == Kernel.UNKNOWN && isFolder(folder, name))));
            }
        });
        Name[] all = names.toArray(Name[]::new);
        Arrays.sort(all, ORDER);
        int folders = (int) Arrays.stream(all).filter(Name::folder).count();
        return new Sorted(stat, all, folders, left[0] >= 0);
    }

    private static boolean isFolder(Pinned folder, byte[] name) {
        try {
            return Stat.of(folder.at(name)).kind() == Stat.Kind.FOLDER;
        } catch (IOException e) {
            return false;
        }
    }

    private static final Comparator<Name> ORDER = (a, b) -> {
        if (a.folder != b.folder) {
            return a.folder ? -1 : 1;
        }
        int shorter = Math.min(a.bytes.length, b.bytes.length);
        for (int i = 0; i < shorter; i++) {
            int difference = lower(a.bytes[i]) - lower(b.bytes[i]);
            if (difference != 0) {
                return difference;
            }
        }
        return a.bytes.length != b.bytes.length
                ? a.bytes.length - b.bytes.length
                : Arrays.compareUnsigned(a.bytes, b.bytes);
    };

    static int lower(byte b) {
        int c = b & 0xff;
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    }
}
