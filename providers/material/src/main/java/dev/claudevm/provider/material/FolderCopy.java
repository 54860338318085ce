package dev.claudevm.provider.material;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Copies a folder as it is: modes, times, symbolic links as links. The copy of a file shares its blocks with the original where
 * the file system can do that. Sockets, pipes and devices are left out and counted.
 */
final class FolderCopy extends SimpleFileVisitor<Path> {

    /** What has been copied so far. */
    record Tally(long files, long bytes, long leftOut) {}

    private final Path from;
    private final Path to;
    private final Predicate<Path> wanted;
    private final Consumer<Tally> seen;
    private long files;
    private long bytes;
    private long leftOut;

    private FolderCopy(Path from, Path to, Predicate<Path> wanted, Consumer<Tally> seen) {
        this.from = from;
        this.to = to;
        this.wanted = wanted;
        this.seen = seen;
    }

    /**
     * @param to is made when it is missing; files in it are replaced
     * @param wanted is asked for each path relative to {@code from}; a folder that is not wanted is not entered
     * @param seen hears after each file
     * @throws IOException what cannot be read or written; a file that vanished meanwhile is no error
     */
    static Tally copy(Path from, Path to, Predicate<Path> wanted, Consumer<Tally> seen) throws IOException {
        var copy = new FolderCopy(from, to, wanted, seen);
        Files.walkFileTree(from, copy);
        return copy.tally();
    }

    private Tally tally() {
        return new Tally(files, bytes, leftOut);
    }

    private Path target(Path path) {
        return to.resolve(from.relativize(path));
    }

    private boolean isWanted(Path path) throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("the copy was interrupted");
        }
        return path.equals(from) || wanted.test(from.relativize(path));
    }

    @Override
    public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) throws IOException {
        if (!isWanted(dir)) {
            return FileVisitResult.SKIP_SUBTREE;
        }
        try {
            Files.createDirectory(target(dir));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(target(dir), LinkOption.NOFOLLOW_LINKS)) {
                throw e;
            }
        }
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        if (!isWanted(file)) {
            return FileVisitResult.CONTINUE;
        }
        Path target = target(file);
        try {
            if (attributes.isSymbolicLink()) {
                Files.deleteIfExists(target);
                Files.createSymbolicLink(target, Files.readSymbolicLink(file));
                files++;
            } else if (attributes.isRegularFile()) {
                Files.copy(
                        file,
                        target,
                        StandardCopyOption.COPY_ATTRIBUTES,
                        StandardCopyOption.REPLACE_EXISTING,
                        LinkOption.NOFOLLOW_LINKS);
                files++;
                bytes += attributes.size();
            } else {
                leftOut++;
            }
        } catch (NoSuchFileException e) {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw e;
            }
        }
        seen.accept(tally());
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
        if (e instanceof NoSuchFileException && !file.equals(from)) {
            return FileVisitResult.CONTINUE;
        }
        throw e;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path dir, @org.jspecify.annotations.Nullable IOException e)
            throws IOException {
        if (e != null) {
            throw e;
        }
        // Not before: a folder may be read-only, and what is made in it changes its time.
        Path target = target(dir);
        Set<PosixFilePermission> mode = Files.getPosixFilePermissions(dir);
        Files.setPosixFilePermissions(target, mode);
        BasicFileAttributes times = Files.readAttributes(dir, BasicFileAttributes.class);
        Files.getFileAttributeView(target, BasicFileAttributeView.class).setTimes(times.lastModifiedTime(), null, null);
        return FileVisitResult.CONTINUE;
    }
}
