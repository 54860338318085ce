package dev.claudevm.backup;

import com.github.luben.zstd.ZstdOutputStream;
import dev.claudevm.protocol.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Writes a backup entry by entry; nothing of it is held. Without {@link #finish} it is refused by whoever reads it. */
final class BackupWriter {

    /** What is large in it is encrypted and does not get smaller. */
    private static final int LEVEL = 1;

    private static final int BUFFER_BYTES = 128 * 1024;

    private final TarArchiveOutputStream tar;
    private final Date madeAt;
    private final List<Checksums.Entry> written = new ArrayList<>();

    BackupWriter(OutputStream to, Instant madeAt) throws IOException {
        this.tar = new TarArchiveOutputStream(new ZstdOutputStream(to, LEVEL), "UTF-8");
        this.tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        this.madeAt = Date.from(madeAt);
    }

    void json(String name, Object content) throws IOException {
        bytes(name, Json.MAPPER.writeValueAsBytes(content));
    }

    void bytes(String name, byte[] content) throws IOException {
        stream(name, new ByteArrayInputStream(content), content.length);
    }

    /** @throws IOException also when the content has another length */
    void stream(String name, InputStream content, long bytes) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(bytes);
        entry.setModTime(madeAt);
        entry.setMode(0600);
        tar.putArchiveEntry(entry);
        DigestInputStream digested = new DigestInputStream(content, sha256());
        byte[] buffer = new byte[BUFFER_BYTES];
        long left = bytes;
        while (left > 0) {
            int read = digested.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (read < 0) {
                throw new IOException(name + " is shorter than the store said");
            }
            tar.write(buffer, 0, read);
            left -= read;
        }
        tar.closeArchiveEntry();
        written.add(new Checksums.Entry(
                name,
                bytes,
                HexFormat.of().formatHex(digested.getMessageDigest().digest())));
    }

    /** Nothing follows. */
    void finish() throws IOException {
        json(Checksums.NAME, new Checksums(List.copyOf(written)));
        tar.finish();
        tar.close();
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }
}
