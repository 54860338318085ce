package dev.claudevm.bridge.checkpoint;

import dev.claudevm.bridge.checkpoint.Stat.Kind;
import dev.claudevm.bridge.tree.TreePath;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How everything looked when the newest checkpoint was taken: a file of entries in {@link TreePath}'s order, read and
 * written as a stream, so that a large project needs no memory. It says which checkpoint it belongs to; one that is torn or
 * belongs to another is not used, and everything is read anew.
 */
final class StatCache {

    /**
     * @param commit the checkpoint
     * @param tree everything in it
     * @param manifest the hash of its manifest
     * @param started when its walk began, nanoseconds since 1970
     */
    record Belongs(String commit, String tree, String manifest, long started) {}

    record Entry(TreePath path, Stat stat) {}

    private static final int MAGIC = 0x63766d31;
    private static final int FOOTER_BYTES = 4 + 4 + 8 + 8 + 3 * 64;
    private static final int TEXT_BYTES = 64;

    private StatCache() {}

    /** @return null when the file is not there or not whole */
    static @Nullable Belongs belongsTo(Path file) throws IOException {
        if (!Files.exists(file)) {
            return null;
        }
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            if (in.length() < FOOTER_BYTES) {
                return null;
            }
            in.seek(in.length() - FOOTER_BYTES);
            byte[] footer = new byte[FOOTER_BYTES];
            in.readFully(footer);
            DataInputStream data = new DataInputStream(new ByteArrayInputStream(footer));
            int magic = data.readInt();
            data.readInt();
            long started = data.readLong();
            long length = data.readLong();
            String commit = text(data.readNBytes(TEXT_BYTES));
            String tree = text(data.readNBytes(TEXT_BYTES));
            String manifest = text(data.readNBytes(TEXT_BYTES));
            return magic == MAGIC && length == in.length() ? new Belongs(commit, tree, manifest, started) : null;
        }
    }

    private static String text(byte[] padded) {
        return new String(padded, java.nio.charset.StandardCharsets.US_ASCII).strip();
    }

    /** Reads entries one after the other. */
    static final class Reader implements AutoCloseable {

        private final @Nullable DataInputStream in;
        private long left;
        private byte[] last = new byte[0];
        private @Nullable Entry current;

        private Reader(@Nullable DataInputStream in, long left) throws IOException {
            this.in = in;
            this.left = left;
            advance();
        }

        static Reader nothing() throws IOException {
            return new Reader(null, 0);
        }

        static Reader of(Path file) throws IOException {
            int count;
            try (RandomAccessFile at = new RandomAccessFile(file.toFile(), "r")) {
                at.seek(at.length() - FOOTER_BYTES + 4);
                count = at.readInt();
            }
            return new Reader(new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16)), count);
        }

        /** @return the entry that is next; null at the end */
        @Nullable
        Entry current() {
            return current;
        }

        void advance() throws IOException {
            DataInputStream from = in;
            if (from == null || left-- <= 0) {
                current = null;
                return;
            }
            int shared = from.readUnsignedShort();
            int more = from.readUnsignedShort();
            byte[] path = Arrays.copyOf(last, shared + more);
            from.readFully(path, shared, more);
            last = path;
            Kind kind = Kind.values()[from.readByte()];
            Stat stat = new Stat(
                    kind, from.readShort(), from.readLong(), from.readLong(), from.readLong(), from.readLong());
            current = new Entry(TreePath.of(path), stat);
        }

        @Override
        public void close() throws IOException {
            if (in != null) {
                in.close();
            }
        }
    }

    /** Writes a new file beside the old one; {@link #keep} puts it in its place. */
    static final class Writer implements AutoCloseable {

        private final Path fresh;
        private final FileChannel channel;
        private final DataOutputStream out;
        private byte[] last = new byte[0];
        private int count;

        Writer(Path file) throws IOException {
            this.fresh = file.resolveSibling(file.getFileName() + ".new");
            this.channel = FileChannel.open(
                    fresh,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.READ,
                    StandardOpenOption.TRUNCATE_EXISTING);
            OutputStream stream = Channels.newOutputStream(channel);
            this.out = new DataOutputStream(new BufferedOutputStream(stream, 1 << 16));
        }

        void add(TreePath path, Stat stat) throws IOException {
            byte[] bytes = path.bytes();
            int mismatch = Arrays.mismatch(last, bytes);
            int shared = mismatch < 0 ? bytes.length : mismatch;
            out.writeShort(shared);
            out.writeShort(bytes.length - shared);
            out.write(bytes, shared, bytes.length - shared);
            last = bytes;
            out.writeByte(stat.kind().ordinal());
            out.writeShort(stat.mode());
            out.writeLong(stat.size());
            out.writeLong(stat.modified());
            out.writeLong(stat.changed());
            out.writeLong(stat.inode());
            count++;
        }

        /** @return reads what was written so far, from the beginning */
        Reader reread() throws IOException {
            out.flush();
            return new Reader(
                    new DataInputStream(new BufferedInputStream(Files.newInputStream(fresh), 1 << 16)), count);
        }

        void keep(Path file, Belongs belongs) throws IOException {
            out.flush();
            long length = channel.size() + FOOTER_BYTES;
            out.writeInt(MAGIC);
            out.writeInt(count);
            out.writeLong(belongs.started());
            out.writeLong(length);
            out.writeBytes("%-64s%-64s%-64s".formatted(belongs.commit(), belongs.tree(), belongs.manifest()));
            out.flush();
            channel.force(false);
            channel.close();
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        }

        @Override
        public void close() throws IOException {
            channel.close();
            Files.deleteIfExists(fresh);
        }
    }
}
