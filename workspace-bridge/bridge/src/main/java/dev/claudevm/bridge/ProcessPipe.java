package dev.claudevm.bridge;

import java.io.Closeable;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * One of a process' three standard streams. Java's own pipes end when the process does, also when its children still
 * write; these end when the last writer has closed them, as people know it from sshd.
 */
final class ProcessPipe implements Closeable {

    private final int[] ends;

    ProcessPipe() throws IOException {
        ends = Libc.pipe();
    }

    /** For {@link ProcessBuilder}. */
    File readEnd() {
        return new File("/proc/self/fd/" + ends[0]);
    }

    /** For {@link ProcessBuilder}. */
    File writeEnd() {
        return new File("/proc/self/fd/" + ends[1]);
    }

    /** @return what is written into it. The caller closes the stream, and this pipe as soon as the process runs */
    InputStream reader() throws IOException {
        return new FileInputStream(readEnd());
    }

    /** @return what the process reads. The caller closes the stream, and this pipe as soon as the process runs */
    OutputStream writer() throws IOException {
        return new FileOutputStream(writeEnd());
    }

    /** Closes our own two ends; streams that were opened stay. */
    @Override
    public void close() {
        Libc.close(ends[0]);
        Libc.close(ends[1]);
    }
}
