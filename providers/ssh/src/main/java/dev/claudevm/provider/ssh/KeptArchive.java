package dev.claudevm.provider.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * An archive of what never changes. The first machine gets it while it is packed, which is most of the work of setting up a machine; what was packed is kept beside
 * what it was made of, as {@code NAME.tgz}, and the next machine gets that. It is kept whole or not at all, and goes when what it was made of has gone.
 *
 * @param source packs it
 * @param archive where it is kept
 */
record KeptArchive(TarStream.Source source, Path archive) implements Machine.Feed {

    private static final System.Logger LOG = System.getLogger(KeptArchive.class.getName());
    private static final String KEPT = ".tgz";
    private static final String HALF = ".half";

    /** Held by who packs in a folder; never removed, so that all mean the same file. */
    private static final String LOCK = ".packing";

    /** A process loses its lock of a file when any of its threads closes that file. */
    private static final Set<Path> PACKING = ConcurrentHashMap.newKeySet();

    /** @param original folder or file that is packed by {@code source} */
    static KeptArchive beside(Path original, TarStream.Source source) {
        return new KeptArchive(source, original.resolveSibling(original.getFileName() + KEPT));
    }

    @Override
    public InputStream open() throws IOException {
        try {
            return source.counted(Files.newInputStream(archive));
        } catch (NoSuchFileException e) {
            InputStream packed = source.open();
            Half half = half();
            return half == null ? packed : new Keeping(packed, half);
        }
    }

    /** The machine could not take it: it is packed anew next time. */
    void forget() {
        quietly(() -> Files.deleteIfExists(archive));
    }

    /** @return null when somebody else packs here, or nothing can be written */
    private @Nullable Half half() {
        Path folder = archive.resolveSibling(LOCK);
        if (!PACKING.add(folder)) {
            return null;
        }
        FileChannel held = null;
        try {
            held = FileChannel.open(folder, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = held.tryLock();
            if (lock != null) {
                sweep();
                Path file = archive.resolveSibling("." + archive.getFileName() + HALF);
                return new Half(
                        held, file, FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.INFO, archive + " is not kept: " + e.getMessage());
        }
        release(held);
        return null;
    }

    private void release(@Nullable FileChannel held) {
        if (held != null) {
            quietly(held::close);
        }
        PACKING.remove(archive.resolveSibling(LOCK));
    }

    /** What was cut off, and archives of what is no more; the lock is held. */
    private void sweep() throws IOException {
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(archive.resolveSibling(""), "*{" + KEPT + "," + HALF + "}")) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.endsWith(HALF)
                        || !Files.exists(file.resolveSibling(name.substring(0, name.length() - KEPT.length())))) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void quietly(Work work) {
        try {
            work.run();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "An archive's rest: " + e.getMessage());
        }
    }

    /** @param held the lock */
    private record Half(FileChannel held, Path file, FileChannel out) {}

    /** Writes down what is read. When that fails, for a full disk, reading goes on. Another thread than the reading one may close it. */
    private final class Keeping extends HeardStream {

        private final Half half;
        private boolean whole = true;
        private boolean closed;

        Keeping(InputStream packed, Half half) {
            super(packed);
            this.half = half;
        }

        @Override
        void heard(byte[] buffer, int from, int count) {
            if (count < 0) {
                end(true);
            } else {
                keep(ByteBuffer.wrap(buffer, from, count));
            }
        }

        private synchronized void keep(ByteBuffer bytes) {
            try {
                while (whole && !closed && bytes.hasRemaining()) {
                    half.out().write(bytes);
                }
            } catch (IOException e) {
                whole = false;
                LOG.log(System.Logger.Level.INFO, archive + " is not kept: " + e.getMessage());
            }
        }

        private synchronized void end(boolean read) {
            if (closed) {
                return;
            }
            closed = true;
            quietly(() -> {
                if (read && whole) {
                    // A name must never lead to what is not on the disk yet.
                    half.out().force(true);
                    Files.move(half.file(), archive, StandardCopyOption.ATOMIC_MOVE);
                }
            });
            quietly(half.out()::close);
            quietly(() -> Files.deleteIfExists(half.file()));
            release(half.held());
        }

        @Override
        public void close() throws IOException {
            end(false);
            super.close();
        }
    }
}
