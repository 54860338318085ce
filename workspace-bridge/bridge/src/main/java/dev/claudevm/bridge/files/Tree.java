package dev.claudevm.bridge.files;

import dev.claudevm.bridge.tree.TreePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * The way from the project's folder to what a path names. Each folder on the way is opened relative to the one before without
 * following a link, and kept open; a link is read and its words are walked in the same manner. So nobody who swaps a folder
 * for a link in between leads out, and {@code ..} goes back to a folder that was come from.
 */
final class Tree {

    private static final int MAX_LINKS = 16;
    private static final int MAX_NAME_BYTES = 255;
    private static final int MAX_PATH_BYTES = 4096;

    private final Path project;

    /** @param project need not be there yet */
    Tree(Path project) {
        this.project = project;
    }

    Path project() {
        return project;
    }

    /**
     * @param text as {@link TreePath#toString} writes it
     * @throws FileProblem 400 when it can be no path in a project
     */
    static TreePath parse(String text) {
        TreePath path;
        try {
            path = TreePath.address(text);
        } catch (IllegalArgumentException e) {
            throw FileProblem.of(
                    FileProblem.BAD,
                    String.valueOf(e.getMessage()),
                    "Name it from the project's folder on, without a slash at the beginning or end, without . and ..");
        }
        boolean tooLong = path.bytes().length > MAX_PATH_BYTES
                || path.names().stream().anyMatch(name -> name.length > MAX_NAME_BYTES);
        if (tooLong) {
            throw FileProblem.of(
                    FileProblem.BAD,
                    "The path is too long.",
                    "A name has at most 255 bytes, a path at most 4096; letters other than English ones have more than one.");
        }
        return path;
    }

    /** A name in a folder that is held open; whether something has it is another question. The path is the real one. */
    record Place(TreePath path, Pinned folder, byte[] name) implements AutoCloseable {

        Path file() {
            return folder.at(name);
        }

        Pinned pin() throws IOException {
            return folder.child(name);
        }

        /** @throws FileProblem 403 when it lies in a {@code .git}: git's own files are for git */
        Place forWriting() {
            if (path.inGit()) {
                close();
                throw FileProblem.of(
                        FileProblem.FORBIDDEN,
                        "What is in .git is shown, and not changed, here.",
                        "Use git, or the terminal.");
            }
            return this;
        }

        @Override
        public void close() {
            folder.close();
        }
    }

    /**
     * @return the open folder; links that stay in the project are followed
     * @throws FileProblem when there is none, or it is out of the project
     */
    Pinned folder(TreePath path) {
        try (Walk walk = new Walk(path)) {
            walk.go(false, true);
            return walk.top();
        } catch (IOException e) {
            throw FileProblem.of(e, path.toString());
        }
    }

    /**
     * @param follow a link at the end too, so that the place is its target's
     * @throws FileProblem when the folder around it is not there or out of the project, or it is the project itself
     */
    Place place(TreePath path, boolean follow) {
        if (path.isRoot()) {
            throw FileProblem.of(
                    FileProblem.BAD, "This is the project's folder itself.", "Name something in the project.");
        }
        try (Walk walk = new Walk(path)) {
            byte[] name = walk.go(follow, false);
            return new Place(walk.real().child(name), walk.top(), name);
        } catch (IOException e) {
            throw FileProblem.of(e, path.toString());
        }
    }

    private final class Walk implements AutoCloseable {
        private final TreePath asked;
        private final Deque<byte[]> ahead = new ArrayDeque<>();
        private final List<Pinned> open = new ArrayList<>();
        private final List<byte[]> behind = new ArrayList<>();
        private int links;

        Walk(TreePath asked) throws IOException {
            this.asked = asked;
            ahead.addAll(asked.names());
            open.add(Pinned.root(project));
        }

        /** @return the last name, which is not opened; of a {@code folder} nothing remains */
        byte[] go(boolean follow, boolean folder) throws IOException {
            while (!ahead.isEmpty()) {
                byte[] name = ahead.pop();
                if (Arrays.equals(name, new byte[] {'.', '.'})) {
                    back();
                } else if (name.length > 0 && !Arrays.equals(name, new byte[] {'.'})) {
                    if (ahead.isEmpty() && !folder) {
                        if (!follow || !spliced(name)) {
                            return name;
                        }
                    } else {
                        enter(name);
                    }
                }
            }
            if (!folder) {
                throw FileProblem.of(
                        FileProblem.CONFLICT, "\"" + asked + "\" is a link to a folder.", "Open the folder.");
            }
            return new byte[0];
        }

        private void enter(byte[] name) throws IOException {
            try {
                open.add(open.getLast().folder(name));
                behind.add(name);
            } catch (NotDirectoryException e) {
                if (!spliced(name)) {
                    throw e;
                }
            }
        }

        /** @return whether it is a link; then its target's names lie ahead */
        private boolean spliced(byte[] name) throws IOException {
            byte[] target;
            try {
                target = TreePath.bytesOf(Files.readSymbolicLink(open.getLast().at(name)));
            } catch (NotLinkException | NoSuchFileException e) {
                return false;
            }
            if (++links > MAX_LINKS) {
                throw FileProblem.of(
                        FileProblem.CONFLICT,
                        "\"" + asked + "\" is a link that leads in a circle.",
                        "Delete the link.");
            }
            byte[] inside = target;
            if (target.length > 0 && target[0] == '/') {
                inside = below(target);
                while (open.size() > 1) {
                    back();
                }
            }
            List<byte[]> names = split(inside);
            for (int i = names.size() - 1; i >= 0; i--) {
                ahead.push(names.get(i));
            }
            return true;
        }

        private byte[] below(byte[] target) throws IOException {
            for (Path root : List.of(project, project.toRealPath())) {
                byte[] prefix = TreePath.bytesOf(root);
                if (target.length >= prefix.length
                        && Arrays.equals(prefix, 0, prefix.length, target, 0, prefix.length)
                        && (target.length == prefix.length || target[prefix.length] == '/')) {
                    return Arrays.copyOfRange(target, prefix.length, target.length);
                }
            }
            throw outside();
        }

        private void back() {
            if (open.size() == 1) {
                throw outside();
            }
            open.removeLast().close();
            behind.removeLast();
        }

        private FileProblem outside() {
            return FileProblem.of(
                    FileProblem.FORBIDDEN,
                    "\"" + asked + "\" is a link that leads out of the project.",
                    "Look at it in the terminal.");
        }

        /** @return the innermost folder; it is the caller's now */
        Pinned top() {
            return open.removeLast();
        }

        TreePath real() {
            TreePath path = TreePath.ROOT;
            for (byte[] name : behind) {
                path = path.child(name);
            }
            return path;
        }

        @Override
        public void close() {
            open.forEach(Pinned::close);
        }
    }

    private static List<byte[]> split(byte[] target) {
        List<byte[]> names = new ArrayList<>();
        int from = 0;
        for (int i = 0; i <= target.length; i++) {
            if (i == target.length || target[i] == '/') {
                names.add(Arrays.copyOfRange(target, from, i));
                from = i + 1;
            }
        }
        return names;
    }
}
