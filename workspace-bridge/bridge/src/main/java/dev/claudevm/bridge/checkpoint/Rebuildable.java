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
import java.util.Set;

/** Finds the folders that can be made again, by the same rules and settings as checkpoints. */
public final class Rebuildable {

    private final Settings settings;
    private final List<Folder> found = new ArrayList<>();

    private Rebuildable(Settings settings) {
        this.settings = settings;
    }

    /** @param path in the project. @param why for people */
    public record Folder(TreePath path, Path disk, String why) {}

    /**
     * @param settings {@code settings.json} of the checkpoints; need not be there
     * @throws IOException when the settings are not what was expected, or the project cannot be listed
     */
    public static List<Folder> in(Path project, Path settings) throws IOException {
        Rebuildable search = new Rebuildable(Settings.read(settings));
        search.over(TreePath.ROOT, project);
        return search.found;
    }

    private void over(TreePath path, Path folder) throws IOException {
        List<Path> folders = new ArrayList<>();
        Set<String> names = new HashSet<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path one : all) {
                String name = one.getFileName().toString();
                names.add(name);

                if (!name.equals(".git") && Files.isDirectory(one, LinkOption.NOFOLLOW_LINKS)) {
                    folders.add(one);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        for (Path one : folders) {
            enter(path.child(TreePath.bytesOf(one.getFileName())), one, names);
        }
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
