package dev.claudevm.backup;

import com.github.luben.zstd.ZstdInputStream;
import dev.claudevm.protocol.Json;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Reads a backup entry by entry, as a stream that may be anything. */
final class BackupReader implements AutoCloseable {

    /** Of what is read whole. */
    private static final int MAX_JSON_BYTES = 64 * 1024 * 1024;

    private final TarArchiveInputStream tar;
    private final List<Checksums.Entry> read = new ArrayList<>();
    private @Nullable Entry open;

    BackupReader(InputStream from) throws Damaged {
        try {
            this.tar = new TarArchiveInputStream(new ZstdInputStream(from), "UTF-8");
        } catch (IOException e) {
            throw new Damaged("it is no zstd file", e);
        }
    }

    /** It is no backup, or not all of one. */
    static final class Damaged extends IOException {
        private static final long serialVersionUID = 1L;

        Damaged(String why, @Nullable Throwable cause) {
            super(why, cause);
        }

        Damaged(String why) {
            this(why, null);
        }
    }

    /** A file in it; its content is read before the next one is asked for. */
    static final class Entry extends FilterInputStream {
        private final String name;
        private final long bytes;
        private final MessageDigest digest = BackupWriter.sha256();
        private long left;

        Entry(String name, long bytes, InputStream content) {
            super(content);
            this.name = name;
            this.bytes = bytes;
            this.left = bytes;
        }

        String name() {
            return name;
        }

        long bytes() {
            return bytes;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int from, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int got;
            try {
                got = in.read(buffer, from, (int) Math.min(length, left));
            } catch (IOException e) {
                throw new Damaged("it was cut off or changed in " + name, e);
            }
            if (got < 0) {
                throw new Damaged("it was cut off in " + name);
            }
            digest.update(buffer, from, got);
            left -= got;
            return got;
        }

        @Override
        public void close() {
            // The archive is another's.
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }

    /** @return null: the checksums came, and everything was as they say */
    @Nullable
    Entry next() throws IOException {
        finish(open);
        open = null;
        Entry entry = entry();
        if (!entry.name().equals(Checksums.NAME)) {
            open = entry;
            return entry;
        }
        if (!json(entry, Checksums.class).entries().equals(read)) {
            throw new Damaged("its checksums are others than those of what is in it");
        }
        return null;
    }

    private Entry entry() throws IOException {
        try {
            TarArchiveEntry header = tar.getNextEntry();
            if (header == null) {
                throw new Damaged("it was cut off: its checksums are missing");
            }
            if (!header.isFile() || header.getSize() < 0) {
                throw new Damaged("there is something in it that is no file");
            }
            return new Entry(header.getName(), header.getSize(), tar);
        } catch (Damaged e) {
            throw e;
        } catch (IOException | IllegalArgumentException e) {
            throw new Damaged("it was cut off or changed (" + e.getMessage() + ")", e);
        }
    }

    private void finish(@Nullable Entry entry) throws IOException {
        if (entry != null) {
            if (entry.left > 0) {
                throw new IllegalStateException(entry.name() + " was not read");
            }
            read.add(new Checksums.Entry(
                    entry.name(), entry.bytes(), HexFormat.of().formatHex(entry.digest.digest())));
        }
    }

    static <T> T json(Entry entry, Class<T> type) throws IOException {
        if (entry.bytes() > MAX_JSON_BYTES) {
            throw new Damaged(entry.name() + " is too long");
        }
        try {
            return Json.MAPPER.readValue(entry.readNBytes((int) entry.bytes()), type);
        } catch (JacksonException e) {
            throw new Damaged(entry.name() + " is not what it should be", e);
        }
    }

    @Override
    public void close() throws IOException {
        tar.close();
    }
}
