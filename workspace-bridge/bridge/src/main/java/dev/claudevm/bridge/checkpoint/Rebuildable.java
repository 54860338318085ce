package dev.claudevm.bridge.checkpoint;

import dev.claudevm.bridge.tree.TreePath;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the folders that can be made again, by the same rules and settings as checkpoints. */
public final class Rebuildable {

    /** File systems on which a folder has two links and one more for each folder in it. */
    private static final Set<String> COUNTING = Set.of("ext2", "ext3", "ext4", "xfs", "tmpfs");

    private final Settings settings;
    private final @Nullable Object device;
    private final List<Folder> found = new ArrayList<>();

    private Rebuildable(Settings settings, @Nullable Object device) {
        this.settings = settings;
        this.device = device;
    }

    /** @param path in the project. @param why for people */
    public record Folder(TreePath path, Path disk, String why) {}

    /**
     * @param settings {@code settings.json} of the checkpoints; need not be there
     * @throws IOException when the settings are not what was expected, or the project cannot be listed
     */
    public static List<Folder> in(Path project, Path settings) throws IOException {
        Object device =
                COUNTING.contains(Files.getFileStore(project).type()) ? Files.getAttribute(project, "unix:dev") : null;
        Rebuildable search = new Rebuildable(Settings.read(settings), device);
        search.over(TreePath.ROOT, project);
        return search.found;
    }

    private void over(TreePath path, Path folder) throws IOException {
        List<Path> folders = new ArrayList<>();
        Set<String> names = new HashSet<>();
        // Looking what each file is takes longer than all the rest.
        long left = foldersIn(folder);
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path one : all) {
                String name = one.getFileName().toString();
                names.add(name);
                if (left > 0 && Files.isDirectory(one, LinkOption.NOFOLLOW_LINKS)) {
                    left--;
                    if (!name.equals(".git")) {
                        folders.add(one);
                    }
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        for (Path one : folders) {
            enter(path.child(TreePath.bytesOf(one.getFileName())), one, names);
        }
    }

    /** @return at most so many */
    private long foldersIn(Path folder) throws IOException {
        if (device == null) {
            return Long.MAX_VALUE;
        }
        Map<String, Object> attributes = Files.readAttributes(folder, "unix:dev,nlink", LinkOption.NOFOLLOW_LINKS);
        int links = (Integer) Objects.requireNonNull(attributes.get("nlink"));
        // ext4 says 1 when there are too many to be counted.
        return links < 2 || !device.equals(attributes.get("dev")) ? Long.MAX_VALUE : links - 2;
    }

    private void enter(TreePath path, Path folder, Set<String> siblings) throws IOException {
        String name = folder.getFileName().toString();
        String why = settings.folder(name, siblings);
        if (why == null) {
            why = settings.contents(folder, name, evidence(folder));
        }
        if (why != null) {
            found.add(new Folder(path, folder, why));
            return;
        }
        try {
            over(path, folder);
        } catch (FileSystemException unreadable) {
            // restic says that it cannot read it.
        }
    }

    private static Set<String> evidence(Path folder) {
        Set<String> names = new HashSet<>();
        for (String name : List.of("pyvenv.cfg", "CACHEDIR.TAG")) {
            if (Files.exists(folder.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                names.add(name);
            }
        }
        return names;
    }
}
