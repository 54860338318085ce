package dev.claudevm.bridge.files;

import dev.claudevm.bridge.tree.TreePath;
import dev.claudevm.protocol.FileTree.Info;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/**
 * A file's content and its version. A version is the hash of the content, so that what was written back unchanged is no
 * change; above {@link FileBounds#hashedBytes} it is the inode, its time and size. What was opened stays what it was, whoever
 * replaces the file meanwhile.
 */
final class Content {

    private static final int HASH_BYTES = 16;

    private final Tree tree;
    private final Entries entries;
    private final FileBounds bounds;

    Content(Tree tree, Entries entries, FileBounds bounds) {
        this.tree = tree;
        this.entries = entries;
        this.bounds = bounds;
    }

    /**
     * A regular file that is held open.
     *
     * @param whole its bytes, when it is small enough for a hash; else empty
     */
    record Opened(Tree.Place place, Pinned file, Stat stat, String etag, byte[] whole, Media media)
            implements AutoCloseable {

        long size() {
            return whole.length > 0 ? whole.length : stat.size();
        }

        FileChannel channel() throws IOException {
            return FileChannel.open(file.path(), StandardOpenOption.READ);
        }

        @Override
        public void close() {
            file.close();
            place.close();
        }
    }

    /** @throws FileProblem when there is none, it is no file, or it may not be read */
    Opened open(TreePath path) {
        Tree.Place place = tree.place(path, true);
        try {
            Pinned file = place.pin();
            try {
                return opened(place, file);
            } catch (IOException | RuntimeException e) {
                file.close();
                throw e;
            }
        } catch (IOException e) {
            place.close();
            throw FileProblem.of(e, path.toString());
        } catch (RuntimeException e) {
            place.close();
            throw e;
        }
    }

    private Opened opened(Tree.Place place, Pinned file) throws IOException {
        Stat stat = file.stat();
        regular(stat, place.path());
        byte[] whole = new byte[0];
        byte[] head;
        String etag;
        if (stat.size() <= bounds.hashedBytes()) {
            whole = all(file, bounds.hashedBytes());
            head = whole.length <= Media.HEAD_BYTES ? whole : Arrays.copyOf(whole, Media.HEAD_BYTES);
            etag = hash(whole);
        } else {
            head = all(file, Media.HEAD_BYTES);
            etag = byTime(stat);
        }
        String name = TreePath.of(place.name()).toString();
        return new Opened(place, file, stat, etag, whole, Media.of(name, head, head.length == whole.length));
    }

    static void regular(Stat stat, TreePath path) {
        if (stat.kind() == Stat.Kind.FILE) {
            return;
        }
        throw FileProblem.of(
                FileProblem.CONFLICT,
                stat.kind() == Stat.Kind.FOLDER
                        ? "\"" + path + "\" is a folder."
                        : "\"" + path + "\" is no ordinary file.",
                stat.kind() == Stat.Kind.FOLDER
                        ? "List it, or download it as an archive."
                        : "Look at it in the terminal.");
    }

    private static byte[] all(Pinned file, long maxBytes) throws IOException {
        try (InputStream in = Files.newInputStream(file.path())) {
            return in.readNBytes((int) maxBytes);
        }
    }

    /** @return the version of what lies there now; to be compared with {@code If-Match} */
    String version(Pinned file, Stat stat) throws IOException {
        return stat.size() <= bounds.hashedBytes() ? hash(all(file, bounds.hashedBytes())) : byTime(stat);
    }

    static String hash(byte[] content) {
        return "\"h" + HexFormat.of().formatHex(sha256().digest(content), 0, HASH_BYTES) + "\"";
    }

    static String hash(MessageDigest finished) {
        return "\"h" + HexFormat.of().formatHex(finished.digest(), 0, HASH_BYTES) + "\"";
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String byTime(Stat stat) {
        return "\"s" + Long.toHexString(stat.inode()) + "-" + Long.toHexString(stat.modified()) + "-"
                + Long.toHexString(stat.size()) + "\"";
    }

    /** @return what is at this path; a link that stays in the project is followed for version and kind */
    Info info(TreePath path) {
        if (path.isRoot()) {
            try {
                return new Info(entries.root(), null, null, null, null, "");
            } catch (IOException e) {
                throw FileProblem.of(e, "");
            }
        }
        try (Tree.Place named = tree.place(path, false)) {
            var entry = entries.of(named);
            boolean file = switch (entry.type()) {
                case FILE -> true;
                case LINK -> entry.link() != null && entry.link().type() == dev.claudevm.protocol.FileTree.Type.FILE;
                case FOLDER, OTHER -> false;
            };
            if (!file) {
                return new Info(entry, null, null, null, null, named.path().toString());
            }
            try (Opened opened = open(path)) {
                return info(entry, opened);
            }
        } catch (IOException e) {
            throw FileProblem.of(e, path.toString());
        }
    }

    private static Info info(dev.claudevm.protocol.FileTree.Entry entry, Opened opened) {
        Media media = opened.media();
        return new Info(
                entry,
                opened.etag(),
                media.mime(),
                media.kind(),
                media.encoding() == null ? null : media.encoding().name().toLowerCase(Locale.ROOT),
                opened.place().path().toString());
    }

    /** @param opened of this path */
    Info info(TreePath path, Opened opened) throws IOException {
        try (Tree.Place named = tree.place(path, false)) {
            return info(entries.of(named), opened);
        }
    }

    /** @return up to {@code length} bytes from {@code at} on */
    static byte[] read(Opened opened, FileChannel channel, long at, int length) throws IOException {
        if (opened.whole().length > 0) {
            int from = (int) Math.min(at, opened.whole().length);
            return Arrays.copyOfRange(opened.whole(), from, Math.min(opened.whole().length, from + length));
        }
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining() && channel.read(buffer, at + buffer.position()) > 0) {
            // goes on
        }
        return Arrays.copyOf(buffer.array(), buffer.position());
    }
}
