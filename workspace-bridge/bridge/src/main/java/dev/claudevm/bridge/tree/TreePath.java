package dev.claudevm.bridge.tree;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A place in the project, as bytes: names on a disk need not be text. The root is empty. In order, a folder comes before
 * what is in it, and that before its next sibling.
 *
 * <p>As text it is UTF-8 in which each byte that is none is written {@code %XX}; a percent sign that two hexadecimal
 * digits follow is written {@code %25}. So every path has exactly one text, and ordinary ones are their own.
 */
public final class TreePath implements Comparable<TreePath> {

    /** The project itself. */
    public static final TreePath ROOT = new TreePath(new byte[0]);

    private static final byte[] GIT = {'.', 'g', 'i', 't'};
    private static final byte SLASH = '/';
    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    private final byte[] bytes;

    private TreePath(byte[] bytes) {
        this.bytes = bytes;
    }

    public static TreePath of(byte[] bytes) {
        return new TreePath(bytes);
    }

    /**
     * @param text as {@link #toString} writes it
     * @throws IllegalArgumentException when it is absolute, leads out of the project or into a {@code .git}
     */
    public static TreePath parse(String text) {
        TreePath path = address(text);
        if (path.isRoot()) {
            throw new IllegalArgumentException("\"\" is no path in the project.");
        }
        if (path.inGit()) {
            throw new IllegalArgumentException("What is in .git is no part of checkpoints.");
        }
        return path;
    }

    /**
     * @param text as {@link #toString} writes it; empty for the project itself
     * @throws IllegalArgumentException when it is absolute or leads out of the project
     */
    public static TreePath address(String text) {
        TreePath path = new TreePath(unescaped(text));
        if (path.isRoot()) {
            return ROOT;
        }
        int from = 0;
        byte[] b = path.bytes;
        for (int i = 0; i <= b.length; i++) {
            if (i == b.length || b[i] == SLASH) {
                String name = new String(b, from, i - from, StandardCharsets.ISO_8859_1);
                if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('\0') >= 0) {
                    throw new IllegalArgumentException("\"" + text + "\" is no path in the project.");
                }
                from = i + 1;
            }
        }
        return path;
    }

    /** @return whether it is a {@code .git} or in one */
    public boolean inGit() {
        return names().stream().anyMatch(name -> Arrays.equals(name, GIT));
    }

    private static byte[] unescaped(String text) {
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream(in.length);
        for (int i = 0; i < in.length; i++) {
            if (hexAt(in, i + 1) && in[i] == '%') {
                out.write(Character.digit(in[i + 1], 16) << 4 | Character.digit(in[i + 2], 16));
                i += 2;
            } else {
                out.write(in[i]);
            }
        }
        return out.toByteArray();
    }

    private static boolean hexAt(byte[] b, int at) {
        return at + 1 < b.length && Character.digit(b[at], 16) >= 0 && Character.digit(b[at + 1], 16) >= 0;
    }

    public byte[] bytes() {
        return bytes;
    }

    public boolean isRoot() {
        return bytes.length == 0;
    }

    public TreePath child(byte[] name) {
        byte[] joined = new byte[bytes.length + (isRoot() ? 0 : 1) + name.length];
        System.arraycopy(bytes, 0, joined, 0, bytes.length);
        if (!isRoot()) {
            joined[bytes.length] = SLASH;
        }
        System.arraycopy(name, 0, joined, joined.length - name.length, name.length);
        return new TreePath(joined);
    }

    /** @return null for the root */
    public @Nullable TreePath parent() {
        if (isRoot()) {
            return null;
        }
        int slash = bytes.length - 1;
        while (slash > 0 && bytes[slash] != SLASH) {
            slash--;
        }
        return slash == 0 ? ROOT : new TreePath(Arrays.copyOf(bytes, slash));
    }

    /** @return whether this is {@code folder} or in it */
    public boolean within(TreePath folder) {
        byte[] f = folder.bytes;
        return f.length == 0
                || (bytes.length >= f.length
                        && Arrays.equals(bytes, 0, f.length, f, 0, f.length)
                        && (bytes.length == f.length || bytes[f.length] == SLASH));
    }

    /** @return the place on the disk, with exactly these bytes whatever the JVM's character set */
    public Path in(Path root) {
        boolean plain = true;
        for (byte b : bytes) {
            plain &= b > 0x1f && b < 0x7f;
        }
        if (plain) {
            return isRoot() ? root : root.resolve(new String(bytes, StandardCharsets.US_ASCII));
        }
        StringBuilder uri = new StringBuilder("file://").append(root.toUri().getRawPath());
        if (uri.charAt(uri.length() - 1) != '/') {
            uri.append('/');
        }
        for (byte b : bytes) {
            if (b == SLASH) {
                uri.append('/');
            } else {
                uri.append('%').append(HEX[b >> 4 & 15]).append(HEX[b & 15]);
            }
        }
        return Path.of(java.net.URI.create(uri.toString()));
    }

    /** @return the bytes of a name that a directory's listing or a symbolic link gave */
    public static byte[] bytesOf(Path path) {
        String text = path.toString();
        boolean plain = true;
        for (int i = 0; i < text.length(); i++) {
            plain &= text.charAt(i) > 0x1f && text.charAt(i) < 0x7f;
        }
        if (plain) {
            return text.getBytes(StandardCharsets.US_ASCII);
        }
        // The text may have lost bytes; an URI has them all, but only of absolute paths.
        byte[] whole = unescaped(uriOf(path));
        if (path.isAbsolute()) {
            return whole;
        }
        int base = unescaped(uriOf(Path.of("").toAbsolutePath())).length;
        return Arrays.copyOfRange(whole, base == 1 ? 1 : base + 1, whole.length);
    }

    private static String uriOf(Path path) {
        String uri = path.toUri().getRawPath();
        // toUri ends in a slash when there happens to be a folder
        return uri.length() > 1 && uri.endsWith("/") && !path.toString().endsWith("/")
                ? uri.substring(0, uri.length() - 1)
                : uri;
    }

    /**
     * @return the path in the store's trees: below {@code f/}; a name like {@code .git…} gets a percent sign before it, so
     *     that git neither refuses it nor takes it for something of its own (attributes, modules)
     */
    public byte[] stored() {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + 8);
        out.write('f');
        int from = 0;
        for (int i = 0; i <= bytes.length; i++) {
            if (i == bytes.length || bytes[i] == SLASH) {
                out.write(SLASH);
                if (escaped(bytes, from, i)) {
                    out.write('%');
                }
                out.write(bytes, from, i - from);
                from = i + 1;
            }
        }
        return out.toByteArray();
    }

    private static boolean escaped(byte[] b, int from, int to) {
        return to > from
                && (b[from] == '%'
                        || (to - from >= 4
                                && b[from] == '.'
                                && new String(b, from, 4, StandardCharsets.ISO_8859_1).equalsIgnoreCase(".git")));
    }

    /** @return the name that {@link #stored} made this of */
    public static byte[] nameOfStored(byte[] name) {
        return name.length > 0 && name[0] == '%' ? Arrays.copyOfRange(name, 1, name.length) : name;
    }

    /** @param stored as {@link #stored} gives it */
    public static TreePath ofStored(byte[] stored) {
        TreePath path = ROOT;
        int from = 2;
        for (int i = 2; i <= stored.length; i++) {
            if (i == stored.length || stored[i] == SLASH) {
                path = path.child(nameOfStored(Arrays.copyOfRange(stored, from, i)));
                from = i + 1;
            }
        }
        return path;
    }

    /** @return the names on the way from the project to this */
    public java.util.List<byte[]> names() {
        java.util.List<byte[]> names = new java.util.ArrayList<>();
        int from = 0;
        for (int i = 0; i <= bytes.length; i++) {
            if ((i == bytes.length || bytes[i] == SLASH) && i > from) {
                names.add(Arrays.copyOfRange(bytes, from, i));
                from = i + 1;
            }
        }
        return names;
    }

    @Override
    public int compareTo(TreePath other) {
        byte[] a = bytes;
        byte[] b = other.bytes;
        int at = Arrays.mismatch(a, b);
        if (at < 0) {
            return 0;
        }
        if (at == a.length || at == b.length) {
            return Integer.compare(a.length, b.length);
        }
        int x = a[at] == SLASH ? -1 : a[at] & 0xff;
        int y = b[at] == SLASH ? -1 : b[at] & 0xff;
        return Integer.compare(x, y);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TreePath path && Arrays.equals(bytes, path.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** @return the text that JSON carries */
    @Override
    public String toString() {
        if (isPlain()) {
            return new String(bytes, StandardCharsets.US_ASCII);
        }
        StringBuilder out = new StringBuilder(bytes.length);
        for (int i = 0; i < bytes.length; ) {
            int length = sequence(i);
            if (length == 0) {
                out.append('%').append(HEX[bytes[i] >> 4 & 15]).append(HEX[bytes[i] & 15]);
                i++;
            } else if (bytes[i] == '%' && hexAt(bytes, i + 1)) {
                out.append("%25");
                i++;
            } else {
                out.append(new String(bytes, i, length, StandardCharsets.UTF_8));
                i += length;
            }
        }
        return out.toString();
    }

    private boolean isPlain() {
        for (byte b : bytes) {
            if (b < 0 || b == '%') {
                return false;
            }
        }
        return true;
    }

    /** @return how many bytes the valid character at {@code at} has; 0: there is none */
    private int sequence(int at) {
        int first = bytes[at] & 0xff;
        int length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
        if (length < 2) {
            return length;
        }
        if (at + length > bytes.length) {
            return 0;
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        CoderResult result = decoder.decode(ByteBuffer.wrap(bytes, at, length), CharBuffer.allocate(2), true);
        return result.isUnderflow() ? length : 0;
    }
}
