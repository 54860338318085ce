package dev.claudevm.bridge.files;

import dev.claudevm.bridge.tree.TreePath;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A folder or file as a compressed tar, made by the system's own {@code tar} while it is sent: links as links, modes, times, and
 * names as they are. Its stream fails at the end when something could not be read, so that nobody takes half for the whole.
 */
final class Archive {

    private static final Duration LONGEST = Duration.ofHours(6);

    private final Tree tree;
    private final FileBounds bounds;
    private final Map<String, String> environment;

    Archive(Tree tree, FileBounds bounds, Map<String, String> environment) {
        this.tree = tree;
        this.bounds = bounds;
        this.environment = environment;
    }

    /**
     * What goes in.
     *
     * @param withoutGit leave every {@code .git} out
     * @param skipUnreadable leave out what may not be read, instead of failing
     */
    record Wish(TreePath path, boolean withoutGit, boolean skipUnreadable) {}

    /** @return the file name that a browser gives it */
    String name(TreePath path) {
        TreePath last = path.isRoot() ? null : TreePath.of(path.names().getLast());
        String name = last == null ? String.valueOf(tree.project().getFileName()) : last.toString();
        return name + ".tar.gz";
    }

    /** @return the archive; closing it ends the work */
    InputStream open(Wish wish) {
        if (!Program.installed("tar", environment) || !Program.installed("gzip", environment)) {
            throw FileProblem.of(
                    FileProblem.CONFLICT, "This workspace has no tar or no gzip.", "Install them in the terminal.");
        }
        List<String> words = new ArrayList<>(List.of("tar", "--create", "--file=-", "--use-compress-program=gzip -1"));
        if (wish.withoutGit) {
            words.add("--exclude=.git");
        }
        if (wish.skipUnreadable) {
            words.add("--ignore-failed-read");
        }
        Pinned folder = null;
        try {
            byte[] name;
            if (wish.path.isRoot()) {
                folder = tree.folder(wish.path);
                name = new byte[] {'.'};
                String top = String.valueOf(tree.project().getFileName()).replaceAll("[^A-Za-z0-9._-]", "_");
                words.add("--transform=s,^\\.\\(/\\|$\\)," + top + "\\1,S");
            } else {
                try (Tree.Place place = tree.place(wish.path, false)) {
                    place.pin().close();
                    folder = tree.folder(parent(place.path()));
                    name = place.name();
                }
            }
            // Names go through its stdin: as arguments they would have to be text.
            words.addAll(
                    List.of("--directory=" + folder.shared(), "--null", "--verbatim-files-from", "--files-from=-"));
            byte[] list = java.util.Arrays.copyOf(name, name.length + 1);
            Program tar = Program.start(words, folder.shared(), environment, list, LONGEST);
            return new Output(tar, folder);
        } catch (IOException | RuntimeException e) {
            if (folder != null) {
                folder.close();
            }
            throw e instanceof IOException io ? FileProblem.of(io, wish.path.toString()) : (RuntimeException) e;
        }
    }

    private static TreePath parent(TreePath path) {
        TreePath parent = path.parent();
        return parent == null ? TreePath.ROOT : parent;
    }

    private final class Output extends FilterInputStream {
        private final Program tar;
        private final Pinned folder;
        private long left = bounds.archiveBytes();
        private boolean ended;

        Output(Program tar, Pinned folder) {
            super(tar.output());
            this.tar = tar;
            this.folder = folder;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int read = super.read(into, offset, length);
            left -= Math.max(0, read);
            if (left < 0) {
                throw new IOException("The archive is larger than " + bounds.archiveBytes() + " bytes");
            }
            // 1: a file changed while it was read. What else it says is that something is missing.
            if (read < 0 && !ended) {
                ended = true;
                if (tar.exitCode() > 1) {
                    throw new IOException("tar: " + tar.complaint());
                }
            }
            return read;
        }

        @Override
        public void close() {
            tar.close();
            folder.close();
        }
    }
}
