package dev.claudevm.provider.docker;

import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.material.ExternalProgram;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Brings a folder of this machine into volumes: names, modes, times and links as they are, everything owned by the agent. */
final class ProjectUpload {

    /** The agent's user and group in every container. */
    static final int AGENT = 1000;

    private ProjectUpload() {}

    /** Takes the archive. */
    @FunctionalInterface
    interface Taker {
        void take(InputStream tar) throws ProviderException;
    }

    /**
     * @param root holds {@code workspace} and {@code home/agent}
     * @param taker unpacks into the root of a container
     */
    static void send(Path root, Progress progress, Taker taker) throws IOException, ProviderException {
        String step = "Files into the volume";
        progress.step(step, false, null);
        var builder = new ProcessBuilder(List.of(
                        "tar",
                        "--directory=" + root,
                        "--format=posix",
                        "--pax-option=delete=atime,delete=ctime",
                        "--owner=agent:" + AGENT,
                        "--group=agent:" + AGENT,
                        "--sort=name",
                        "-cf",
                        "-",
                        "workspace",
                        "home/agent"))
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        builder.environment().putAll(ExternalProgram.cleanEnvironment());
        Process tar = builder.start();
        try {
            tar.getOutputStream().close();
            taker.take(new Counted(tar.getInputStream(), step, progress));
            int exit = tar.waitFor();
            if (exit != 0) {
                throw new ProviderException(
                        "The project's files could not be packed: tar ended with " + exit + ".",
                        "Look whether the server's user may read all of them, and try again.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProviderException("Interrupted while the project was brought into its volume.", "Try again.", e);
        } finally {
            tar.destroyForcibly();
        }
        progress.step(step, true, null);
    }

    /** Says now and then how much has gone. */
    private static final class Counted extends FilterInputStream {
        private final String step;
        private final Progress progress;
        private long bytes;
        private long shownAtNanos = System.nanoTime();

        Counted(InputStream in, String step, Progress progress) {
            super(in);
            this.step = step;
            this.progress = progress;
        }

        @Override
        public int read() throws IOException {
            int b = super.read();
            count(b < 0 ? 0 : 1);
            return b;
        }

        @Override
        public int read(byte[] buffer, int from, int length) throws IOException {
            if (Thread.currentThread().isInterrupted()) {
                throw new java.io.InterruptedIOException("interrupted");
            }
            int n = super.read(buffer, from, length);
            count(Math.max(n, 0));
            return n;
        }

        private void count(int n) {
            bytes += n;
            long now = System.nanoTime();
            if (now - shownAtNanos > 200_000_000) {
                shownAtNanos = now;
                progress.step(step, false, String.format(Locale.ROOT, "%,.1f MB", bytes / 1e6));
            }
        }
    }
}
