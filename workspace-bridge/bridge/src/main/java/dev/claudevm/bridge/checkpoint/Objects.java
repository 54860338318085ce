package dev.claudevm.bridge.checkpoint;

import dev.claudevm.bridge.checkpoint.Stat.Kind;
import dev.claudevm.bridge.tree.TreePath;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what is in the store through one {@code git cat-file --batch}. Names never go over a command line. One thread. */
final class Objects implements AutoCloseable {

    /** A file, link or folder of a checkpoint. @param id of its content in the store */
    record Item(TreePath path, Kind kind, boolean executable, String id) {}

    private static final int ID_BYTES = 20;

    private final Git.Running git;
    private final InputStream in;
    private final OutputStream out;

    Objects(Git store) throws IOException {
        git = store.start("cat-file", "--batch");
        in = new BufferedInputStream(git.process().getInputStream(), 1 << 16);
        out = git.process().getOutputStream();
    }

    /**
     * Asks for an object; exactly {@code size} bytes of it and one more must be read then.
     *
     * @return its size; -1: there is none
     */
    private long ask(String name, @Nullable String type) throws IOException {
        out.write((name + "\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
        StringBuilder header = new StringBuilder();
        int c = in.read();
        while (c != '\n') {
            if (c < 0) {
                throw git.failure(null);
            }
            header.append((char) c);
            c = in.read();
        }
        String[] words = header.toString().split(" ");
        if (words[words.length - 1].equals("missing")) {
            return -1;
        }
        if (type != null && !words[1].equals(type)) {
            skip(Long.parseLong(words[2]));
            return -1;
        }
        return Long.parseLong(words[2]);
    }

    private void skip(long size) throws IOException {
        in.skipNBytes(size + 1);
    }

    /** @return whether that is a checkpoint of this store */
    boolean knows(String checkpoint) throws IOException {
        long size = ask(checkpoint, "commit");
        if (size >= 0) {
            skip(size);
        }
        return size >= 0;
    }

    long copy(String id, OutputStream to) throws IOException {
        long size = ask(id, "blob");
        if (size < 0) {
            throw new IOException("The store has lost the content " + id + ".");
        }
        byte[] buffer = new byte[1 << 16];
        long left = size;
        while (left > 0) {
            int got = in.read(buffer, 0, (int) Math.min(left, buffer.length));
            if (got < 0) {
                throw git.failure(null);
            }
            to.write(buffer, 0, got);
            left -= got;
        }
        skip(0);
        return size;
    }

    byte[] content(String id) throws IOException {
        var bytes = new java.io.ByteArrayOutputStream();
        copy(id, bytes);
        return bytes.toByteArray();
    }

    Manifest manifest(String checkpoint) throws IOException {
        long size = ask(checkpoint + ":m", "blob");
        if (size < 0) {
            throw new IOException("The store has lost the checkpoint " + checkpoint + ".");
        }
        byte[] bytes = in.readNBytes((int) size);
        skip(0);
        return Manifest.read(bytes);
    }

    private @Nullable List<Item> tree(String name, TreePath folder) throws IOException {
        long size = ask(name, "tree");
        if (size < 0) {
            return null;
        }
        byte[] bytes = in.readNBytes((int) size);
        skip(0);
        List<Item> items = new ArrayList<>();
        int at = 0;
        while (at < bytes.length) {
            int space = at;
            while (bytes[space] != ' ') {
                space++;
            }
            int zero = space;
            while (bytes[zero] != 0) {
                zero++;
            }
            String mode = new String(bytes, at, space - at, StandardCharsets.US_ASCII);
            byte[] stored = Arrays.copyOfRange(bytes, space + 1, zero);
            items.add(new Item(
                    folder.child(TreePath.nameOfStored(stored)),
                    mode.startsWith("4") ? Kind.FOLDER : mode.startsWith("12") ? Kind.LINK : Kind.FILE,
                    mode.equals("100755"),
                    HexFormat.of().formatHex(bytes, zero + 1, zero + 1 + ID_BYTES)));
            at = zero + 1 + ID_BYTES;
        }
        return items;
    }

    /** @return what a checkpoint has at a path; null: nothing that git knows */
    @Nullable
    Item find(String checkpoint, TreePath path) throws IOException {
        String tree = checkpoint + ":f";
        TreePath folder = TreePath.ROOT;
        Item found = null;
        for (Iterator<byte[]> names = path.names().iterator(); names.hasNext(); ) {
            TreePath wanted = folder.child(names.next());
            List<Item> items = tree(tree, folder);
            found = items == null
                    ? null
                    : items.stream()
                            .filter(i -> i.path().equals(wanted))
                            .findFirst()
                            .orElse(null);
            if (found == null || (names.hasNext() && found.kind() != Kind.FOLDER)) {
                return null;
            }
            tree = found.id();
            folder = wanted;
        }
        return found;
    }

    /** @param old null: it is not in the first. @param now null: it is not in the second */
    interface Pairs {
        void pair(@Nullable Item old, @Nullable Item now) throws IOException;
    }

    /**
     * Goes through two checkpoints side by side, folders before what is in them.
     *
     * @param whole also what is in folders that are the same in both
     */
    void pairs(String first, String second, TreePath from, boolean whole, Pairs sink) throws IOException {
        if (from.isRoot()) {
            pairsBelow(first + ":f", second + ":f", from, whole, sink);
        } else {
            pair(find(first, from), find(second, from), whole, sink);
        }
    }

    private void pair(@Nullable Item old, @Nullable Item now, boolean whole, Pairs sink) throws IOException {
        if (old == null && now == null) {
            return;
        }
        sink.pair(old, now);
        String a = old == null || old.kind() != Kind.FOLDER ? null : old.id();
        String b = now == null || now.kind() != Kind.FOLDER ? null : now.id();
        if ((a != null || b != null) && (whole || !java.util.Objects.equals(a, b))) {
            pairsBelow(a, b, (old == null ? java.util.Objects.requireNonNull(now) : old).path(), whole, sink);
        }
    }

    private void pairsBelow(@Nullable String a, @Nullable String b, TreePath folder, boolean whole, Pairs sink)
            throws IOException {
        var both = new java.util.TreeMap<TreePath, @Nullable Item[]>();
        List<Item> first = a == null ? null : tree(a, folder);
        List<Item> second = b == null ? null : tree(b, folder);
        for (Item item : first == null ? List.<Item>of() : first) {
            both.computeIfAbsent(item.path(), _ -> new Item[2])[0] = item;
        }
        for (Item item : second == null ? List.<Item>of() : second) {
            both.computeIfAbsent(item.path(), _ -> new Item[2])[1] = item;
        }
        for (@Nullable Item[] pair : both.values()) {
            pair(pair[0], pair[1], whole, sink);
        }
    }

    @Override
    public void close() throws IOException {
        git.close();
    }
}
