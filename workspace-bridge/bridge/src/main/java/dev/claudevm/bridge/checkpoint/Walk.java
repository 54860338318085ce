package dev.claudevm.bridge.checkpoint;

import dev.claudevm.bridge.tree.TreePath;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Goes through the project in {@link TreePath}'s order. What appears or disappears meanwhile is seen or not; nothing but
 * the folder's listing and {@code lstat} is used, and no {@code .git} is entered.
 */
final class Walk {

    /** Begin of the names of a restoration's unfinished files; such a one that is found was left by a crash. */
    static final String UNFINISHED = ".claude-vm-restoring-";

    /** Is told what is there. Folders come before what is in them; the project itself does not come. */
    interface Visitor {
        void entry(TreePath path, Path disk, Stat stat) throws IOException;

        void leftOut(LeftOut what);
    }

    private record Name(byte[] bytes, Path disk) {}

    private final Settings settings;
    private final Path never;
    private final Visitor visitor;

    /** @param never a folder that is not entered: the store, should it lie in the project */
    Walk(Settings settings, Path never, Visitor visitor) {
        this.settings = settings;
        this.never = never;
        this.visitor = visitor;
    }

    /** @throws IOException when the project itself cannot be listed, or the visitor fails */
    void over(Path project) throws IOException {
        List<Name> names = list(project);
        Set<String> siblings = texts(names);
        for (Name name : names) {
            visit(TreePath.ROOT, name, siblings);
        }
    }

    private void visit(TreePath folder, Name name, Set<String> siblings) throws IOException {
        String text = name.disk().getFileName().toString();
        if (text.equals(".git") || name.disk().equals(never)) {
            return;
        }
        if (text.startsWith(UNFINISHED)) {
            Files.deleteIfExists(name.disk());
            return;
        }
        TreePath path = folder.child(name.bytes());
        Stat stat;
        try {
            stat = Stat.of(name.disk());
        } catch (NoSuchFileException e) {
            return;
        } catch (FileSystemException e) {
            visitor.leftOut(new LeftOut(path, "cannot be read: " + reason(e), 0, false));
            return;
        }
        switch (stat.kind()) {
            case FILE, LINK -> visitor.entry(path, name.disk(), stat);
            case OTHER -> visitor.leftOut(new LeftOut(path, "a socket, device or pipe", 0, true));
            case FOLDER -> enter(path, name.disk(), text, stat, siblings);
        }
    }

    private void enter(TreePath path, Path disk, String name, Stat stat, Set<String> siblings) throws IOException {
        String why = settings.folder(name, siblings);
        if (why != null) {
            visitor.leftOut(new LeftOut(path, why, 0, true));
            return;
        }
        List<Name> names;
        try {
            names = list(disk);
        } catch (NoSuchFileException | NotDirectoryException e) {
            return;
        } catch (FileSystemException e) {
            visitor.leftOut(new LeftOut(path, "cannot be read: " + reason(e), 0, false));
            return;
        }
        Set<String> inside = texts(names);
        why = settings.contents(disk, name, inside);
        if (why != null) {
            visitor.leftOut(new LeftOut(path, why, 0, true));
            return;
        }
        visitor.entry(path, disk, stat);
        for (Name child : names) {
            visit(path, child, inside);
        }
    }

    static String reason(FileSystemException e) {
        return e instanceof AccessDeniedException ? "permission denied" : String.valueOf(e.getReason());
    }

    private static Set<String> texts(List<Name> names) {
        Set<String> texts = HashSet.newHashSet(names.size());
        names.forEach(n -> texts.add(n.disk().getFileName().toString()));
        return texts;
    }

    private static List<Name> list(Path folder) throws IOException {
        List<Name> names = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path one : all) {
                names.add(new Name(TreePath.bytesOf(one.getFileName()), one));
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        names.sort((a, b) -> Arrays.compareUnsigned(a.bytes(), b.bytes()));
        return names;
    }
}
