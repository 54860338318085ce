package dev.claudevm.provider.ssh;

import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.material.ExternalProgram;
import dev.claudevm.provider.ssh.Connection.Watch;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/** A folder of this machine as a compressed archive: names, modes, times and links as they are. Read by one thread, which is not a virtual one. */
final class TarStream extends InputStream {

    private final Process tar;
    private final InputStream in;
    private boolean ended;

    private TarStream(Process tar) {
        this.tar = tar;
        this.in = tar.getInputStream();
    }

    /**
     * An archive that can be sent more than once.
     *
     * @param words what tar is told after the folder: exclusions and names
     */
    record Source(Path folder, List<String> words, AtomicLong bytes) implements Machine.Feed {

        Source(Path folder, List<String> words) {
            this(folder, words, new AtomicLong());
        }

        @Override
        public InputStream open() throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    "tar",
                    "--directory=" + folder,
                    "--format=posix",
                    "--pax-option=delete=atime,delete=ctime",
                    "--numeric-owner",
                    "--use-compress-program=gzip -1",
                    "-cf",
                    "-"));
            command.addAll(words);
            var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().clear();
            builder.environment().putAll(ExternalProgram.cleanEnvironment());
            Process tar = builder.start();
            tar.getOutputStream().close();
            return counted(new TarStream(tar));
        }

        /** @return the same archive from elsewhere; the watch counts it, too */
        InputStream counted(InputStream archive) {
            return new FilterInputStream(archive) {
                @Override
                public int read() throws IOException {
                    byte[] one = new byte[1];
                    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
                }

                @Override
                public int read(byte[] buffer, int from, int length) throws IOException {
                    int n = super.read(buffer, from, length);
                    bytes.addAndGet(Math.max(0, n));
                    return n;
                }
            };
        }

        /** @return says now and then how much has gone, and ends the work when nobody wants it any more */
        Watch watch(String step, Progress progress) {
            return new Watch() {
                private long shown;

                @Override
                public void look() throws ProviderException {
                    Machine.wanted(progress).look();
                    if (bytes.get() != shown) {
                        shown = bytes.get();
                        progress.step(step, false, String.format(Locale.ROOT, "%,.1f MB sent", shown / 1e6));
                    }
                }

                @Override
                public long moved() {
                    return bytes.get();
                }
            };
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
        if (ended) {
            return -1;
        }
        int n = in.read(buffer, from, length);
        if (n >= 0) {
            return n;
        }
        ended = true;
        try {
            int exit = tar.waitFor();
            if (exit != 0) {
                // The machine must not take half of it for the whole.
                throw new IOException("tar ended with " + exit);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return -1;
    }

    @Override
    public void close() throws IOException {
        tar.destroyForcibly();
        in.close();
    }
}
