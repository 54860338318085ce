package dev.claudevm.bridge.files;

import dev.claudevm.bridge.tree.TreePath;
import dev.claudevm.protocol.FileTree.Entry;
import dev.claudevm.protocol.FileTree.Link;
import dev.claudevm.protocol.FileTree.Type;
import java.io.IOException;
import java.nio.file.Files;
import org.jspecify.annotations.Nullable;

/** Makes of what lies on the disk the lines that people see. */
final class Entries {

    private final Tree tree;

    Entries(Tree tree) {
        this.tree = tree;
    }

    static Type type(Stat.Kind kind) {
        return switch (kind) {
            case FILE -> Type.FILE;
            case FOLDER -> Type.FOLDER;
            case LINK -> Type.LINK;
            case OTHER -> Type.OTHER;
        };
    }

    /**
     * @param path of the folder
     * @throws java.nio.file.NoSuchFileException when it is gone
     */
    Entry of(TreePath path, Pinned folder, byte[] name, @Nullable Boolean ignored) throws IOException {
        Stat stat = Stat.of(folder.at(name));
        TreePath whole = path.child(name);
        return new Entry(
                TreePath.of(name).toString(),
                whole.toString(),
                type(stat.kind()),
                stat.kind() == Stat.Kind.FOLDER ? 0 : stat.size(),
                stat.modifiedAt(),
                octal(stat.mode()),
                stat.kind() == Stat.Kind.LINK ? link(whole, folder, name) : null,
                ignored,
                whole.inGit());
    }

    Entry of(Tree.Place place) throws IOException {
        TreePath parent = place.path().parent();
        return of(parent == null ? TreePath.ROOT : parent, place.folder(), place.name(), null);
    }

    private static String octal(int mode) {
        String digits = Integer.toOctalString(mode);
        return "0".repeat(Math.max(0, 4 - digits.length())) + digits;
    }

    /** @return the project's folder itself */
    Entry root() throws IOException {
        Stat stat = Stat.ofPinned(tree.project());
        return new Entry("", "", Type.FOLDER, 0, stat.modifiedAt(), octal(stat.mode()), null, null, false);
    }

    private Link link(TreePath path, Pinned folder, byte[] name) throws IOException {
        String to = TreePath.of(TreePath.bytesOf(Files.readSymbolicLink(folder.at(name))))
                .toString();
        try (Tree.Place target = tree.place(path, true)) {
            return new Link(
                    to, type(Stat.of(target.file()).kind()), target.path().toString());
        } catch (FileProblem | IOException e) {
            // Perhaps its words end in the middle of the way, as ".." does; then it is a folder or nothing.
        }
        try (Pinned target = tree.folder(path)) {
            return new Link(to, type(target.stat().kind()), null);
        } catch (FileProblem | IOException e) {
            return new Link(to, null, null);
        }
    }
}
