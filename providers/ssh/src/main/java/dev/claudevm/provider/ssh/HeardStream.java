package dev.claudevm.provider.ssh;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream of which somebody hears what is read of it, and its end. */
abstract class HeardStream extends FilterInputStream {

    HeardStream(InputStream in) {
        super(in);
    }

    /**
     * @param count how many bytes were read into {@code bytes} at {@code from}; negative: it has ended, maybe said more than once
     * @throws IOException who reads gets it instead
     */
    abstract void heard(byte[] bytes, int from, int count) throws IOException;

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
        int count = super.read(bytes, from, length);
        heard(bytes, from, count);
        return count;
    }
}
