package dev.claudevm.bridge.checkpoint;

import dev.claudevm.bridge.checkpoint.Stat.Kind;
import dev.claudevm.bridge.tree.TreePath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What git's trees do not say of a checkpoint: exact modes, folders without files, what was left out. Modes that most have
 * are named once.
 *
 * <p>On the disk: records that end in NUL. The first is {@code claude-vm-1 <file> <executable> <folder>} (octal modes);
 * then {@code m <octal> <path>}, {@code e <path>} (a folder with no file in or below it), {@code x <bytes> <expected>
 * <why>\n<path>}.
 */
record Manifest(Usual usual, Map<TreePath, Integer> modes, TreeSet<TreePath> emptyFolders, List<LeftOut> leftOut) {

    /** The modes that need not be said. */
    record Usual(int file, int executable, int folder) {

        int of(Kind kind, boolean isExecutable) {
            return kind == Kind.FOLDER ? folder : isExecutable ? executable : file;
        }
    }

    private static final String HEADER = "claude-vm-1";

    static Manifest empty() {
        return new Manifest(new Usual(0644, 0755, 0755), Map.of(), new TreeSet<>(), List.of());
    }

    /** @return of a file or folder that is in the checkpoint; {@code executable} as git's tree says it */
    int mode(TreePath path, Kind kind, boolean executable) {
        Integer said = modes.get(path);
        return said == null ? usual.of(kind, executable) : said;
    }

    /** @return whether the checkpoint does not know what is there, because it left it out */
    boolean ignores(TreePath path) {
        return leftOut.stream().anyMatch(l -> path.within(l.path()));
    }

    /** Counts modes while a project is walked, to find the usual ones. */
    static final class Counts {

        private final List<Map<Integer, Integer>> counts = List.of(new HashMap<>(), new HashMap<>(), new HashMap<>());

        void add(Stat stat) {
            if (stat.kind() != Kind.LINK) {
                int which = stat.kind() == Kind.FOLDER ? 2 : stat.executable() ? 1 : 0;
                counts.get(which).merge(stat.mode(), 1, Integer::sum);
            }
        }

        Usual usual() {
            return new Usual(most(0, 0644), most(1, 0755), most(2, 0755));
        }

        private int most(int which, int otherwise) {
            return counts.get(which).entrySet().stream()
                    .max(Map.Entry.<Integer, Integer>comparingByValue()
                            .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                    .map(Map.Entry::getKey)
                    .orElse(otherwise);
        }
    }

    private static final class Folder {
        final TreePath path;
        boolean files;

        Folder(TreePath path) {
            this.path = path;
        }
    }

    /** @return the bytes of the manifest of what {@code entries} has */
    static byte[] write(StatCache.Reader entries, Usual usual, List<LeftOut> leftOut) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        text(out, "%s %o %o %o".formatted(HEADER, usual.file(), usual.executable(), usual.folder()));
        out.write(0);
        List<TreePath> empty = new ArrayList<>();
        Deque<Folder> above = new ArrayDeque<>();
        for (StatCache.Entry e = entries.current(); e != null; e = entries.current()) {
            leave(above, e.path(), empty);
            Stat stat = e.stat();
            if (stat.kind() == Kind.FOLDER) {
                above.push(new Folder(e.path()));
            } else {
                above.forEach(f -> f.files = true);
            }
            if (stat.kind() != Kind.LINK && usual.of(stat.kind(), stat.executable()) != stat.mode()) {
                text(out, "m %o ".formatted(stat.mode()));
                out.writeBytes(e.path().bytes());
                out.write(0);
            }
            entries.advance();
        }
        leave(above, null, empty);
        empty.sort(Comparator.naturalOrder());
        for (TreePath path : empty) {
            text(out, "e ");
            out.writeBytes(path.bytes());
            out.write(0);
        }
        for (LeftOut left : leftOut) {
            text(
                    out,
                    "x " + left.bytes() + " " + (left.expected() ? 1 : 0) + " "
                            + left.why().replace('\n', ' ') + "\n");
            out.writeBytes(left.path().bytes());
            out.write(0);
        }
        return out.toByteArray();
    }

    private static void leave(
            Deque<Folder> above, @org.jspecify.annotations.Nullable TreePath next, List<TreePath> empty) {
        while (!above.isEmpty() && (next == null || !next.within(above.element().path))) {
            Folder left = above.pop();
            if (!left.files) {
                empty.add(left.path);
            }
        }
    }

    private static void text(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    static String hash(byte[] manifest) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(manifest));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static Manifest read(byte[] bytes) throws IOException {
        Usual usual = new Usual(0644, 0755, 0755);
        Map<TreePath, Integer> modes = new HashMap<>();
        TreeSet<TreePath> empty = new TreeSet<>();
        List<LeftOut> leftOut = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != 0) {
                continue;
            }
            switch (bytes[from]) {
                case 'c' -> {
                    String[] words = new String(bytes, from, i - from, StandardCharsets.UTF_8).split(" ");
                    if (!words[0].equals(HEADER)) {
                        throw new IOException("The checkpoint was written by a newer claude-vm.");
                    }
                    usual = new Usual(octal(words[1]), octal(words[2]), octal(words[3]));
                }
                case 'm' -> {
                    int space = find(bytes, from + 2, ' ');
                    String mode = new String(bytes, from + 2, space - from - 2, StandardCharsets.US_ASCII);
                    modes.put(TreePath.of(Arrays.copyOfRange(bytes, space + 1, i)), octal(mode));
                }
                case 'e' -> empty.add(TreePath.of(Arrays.copyOfRange(bytes, from + 2, i)));
                case 'x' -> {
                    int line = find(bytes, from, '\n');
                    String[] words = new String(bytes, from, line - from, StandardCharsets.UTF_8).split(" ", 4);
                    TreePath path = TreePath.of(Arrays.copyOfRange(bytes, line + 1, i));
                    leftOut.add(new LeftOut(path, words[3], Long.parseLong(words[1]), words[2].equals("1")));
                }
                default -> throw new IOException("The checkpoint was written by a newer claude-vm.");
            }
            from = i + 1;
        }
        return new Manifest(usual, modes, empty, leftOut);
    }

    private static int octal(String text) {
        return Integer.parseInt(text, 8);
    }

    private static int find(byte[] bytes, int from, char wanted) {
        int i = from;
        while (bytes[i] != wanted) {
            i++;
        }
        return i;
    }
}
