package dev.claudevm.snapshot;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A content that must have the hash that it is named by. Its last byte is only given when it has, so that nobody ever holds
 * the whole of a wrong one.
 */
final class HashedStream extends FilterInputStream {

    /** The content is another than its name says. */
    static final class Another extends IOException {
        private static final long serialVersionUID = 1L;

        Another() {
            super("The content is not what its name says.");
        }
    }

    private final MessageDigest digest;
    private final String name;
    private long left;

    /** @param name SHA-256 in hexadecimal digits */
    HashedStream(InputStream content, long length, String name) throws IOException {
        super(content);
        this.left = length;
        this.name = name;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
        if (length == 0) {
            check();
        }
    }

    private void check() throws IOException {
        if (!HexFormat.of().formatHex(digest.digest()).equals(name)) {
            throw new Another();
        }
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
        int read = in.read(buffer, from, (int) Math.min(length, left));
        if (read > 0) {
            digest.update(buffer, from, read);
            left -= read;
            if (left == 0) {
                check();
            }
        }
        return read;
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
