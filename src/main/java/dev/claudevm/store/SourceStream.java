package dev.claudevm.store;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * What is to be stored, exactly so many bytes of it. Ends early with an error, never with an end of file, so that nobody
 * takes a part for the whole; and remembers that the error was the source's and not the store's. Closing it leaves the source open.
 */
final class SourceStream extends FilterInputStream {

    private long left;
    private @Nullable IOException failure;

    SourceStream(InputStream source, long length) {
        super(source);
        left = length;
    }

    /** @return why it could not be read; null: it could */
    @Nullable
    IOException failure() {
        return failure;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (left == 0) {
            return -1;
        }
        try {
            int read = in.read(buffer, from, (int) Math.min(length, left));
            if (read < 0) {
                throw new EOFException(left + " bytes are missing");
            }
            left -= read;
            return read;
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    @Override
    public long skip(long count) throws IOException {
        return 0;
    }

    @Override
    public int available() throws IOException {
        return (int) Math.min(in.available(), left);
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    @Override
    public void close() {}
}
