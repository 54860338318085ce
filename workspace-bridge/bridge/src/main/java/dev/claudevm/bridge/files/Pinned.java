package dev.claudevm.bridge.files;

import dev.claudevm.bridge.tree.TreePath;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One folder or file, held open by a descriptor that only names it: whatever is moved or swapped under its path meanwhile,
 * this stays what it was. Ordinary file operations reach it, and what is in it, through {@code /proc/self/fd}.
 */
final class Pinned implements AutoCloseable {

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final Cleaner CLEANER = Cleaner.create();

    private final int fd;
    private final Path path;
    private final Cleaner.Cleanable cleanable;

    private Pinned(int fd) {
        this.fd = fd;
        this.path = DESCRIPTORS.resolve(Integer.toString(fd));
        AtomicBoolean closed = new AtomicBoolean();
        this.cleanable = CLEANER.register(this, () -> {
            if (!closed.getAndSet(true)) {
                Kernel.close(fd);
            }
        });
    }

    /** @param folder is trusted: links in it are followed */
    static Pinned root(Path folder) throws IOException {
        return new Pinned(Kernel.folder(TreePath.bytesOf(folder)));
    }

    /** @return what has this name in this folder; a link itself */
    Pinned child(byte[] name) throws IOException {
        return new Pinned(Kernel.pin(fd, name, false));
    }

    /** @throws java.nio.file.NotDirectoryException when it is anything else; a link is */
    Pinned folder(byte[] name) throws IOException {
        return new Pinned(Kernel.pin(fd, name, true));
    }

    int fd() {
        return fd;
    }

    /** @return this, as a path that this process can use while it is open */
    Path path() {
        return path;
    }

    /** @return this, as a path that processes of the same user can use while it is open */
    Path shared() {
        return Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + fd);
    }

    /** @return what has this name in this folder, as a path; the last name may be a link: do not follow it */
    Path at(byte[] name) {
        return TreePath.of(name).in(path);
    }

    Stat stat() throws IOException {
        return Stat.ofPinned(path);
    }

    @Override
    public void close() {
        cleanable.clean();
    }
}
