package dev.claudevm.provider.ssh;

import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.material.ExternalProgram;
import dev.claudevm.provider.ssh.Connection.Watch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/** A folder of this machine as a compressed archive: names, modes, times and links as they are. Read by one thread, which is not a virtual one. */
final class TarStream extends HeardStream {

    private final Process tar;

    private TarStream(Process tar) {
        super(tar.getInputStream());
        this.tar = tar;
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
            return new HeardStream(archive) {
                @Override
                void heard(byte[] buffer, int from, int count) {
                    bytes.addAndGet(Math.max(0, count));
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
    void heard(byte[] buffer, int from, int count) throws IOException {
        if (count >= 0) {
            return;
        }
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
    }

    @Override
    public void close() throws IOException {
        tar.destroyForcibly();
        super.close();
    }
}
