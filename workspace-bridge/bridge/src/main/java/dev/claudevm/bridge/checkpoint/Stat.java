package dev.claudevm.bridge.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What tells whether something on the disk is as it was.
 *
 * @param mode permission bits with set-uid, set-gid and sticky: 0 to 07777
 * @param modified in nanoseconds since 1970
 * @param changed when the inode changed, in the same unit; nobody can set it
 */
record Stat(Kind kind, int mode, long size, long modified, long changed, long inode) {

    /** What it is. */
    enum Kind {
        FILE,
        LINK,
        FOLDER,
        /** Socket, device, fifo. */
        OTHER
    }

    private static final int TYPE = 0170000;
    private static final int PERMISSIONS = 07777;
    private static final int OWNER_EXECUTES = 0100;

    /** @throws java.nio.file.NoSuchFileException when it is gone */
    static Stat of(Path path) throws IOException {
        Map<String, Object> a =
                Files.readAttributes(path, "unix:mode,size,lastModifiedTime,ctime,ino", LinkOption.NOFOLLOW_LINKS);
        int mode = (Integer) value(a, "mode");
        Kind kind = switch (mode & TYPE) {
            case 0100000 -> Kind.FILE;
            case 0120000 -> Kind.LINK;
            case 0040000 -> Kind.FOLDER;
            default -> Kind.OTHER;
        };
        return new Stat(
                kind,
                mode & PERMISSIONS,
                (Long) value(a, "size"),
                nanos(value(a, "lastModifiedTime")),
                nanos(value(a, "ctime")),
                (Long) value(a, "ino"));
    }

    private static Object value(Map<String, Object> attributes, String name) {
        return java.util.Objects.requireNonNull(attributes.get(name));
    }

    private static long nanos(Object time) {
        return ((FileTime) time).to(TimeUnit.NANOSECONDS);
    }

    boolean executable() {
        return (mode & OWNER_EXECUTES) != 0;
    }

    /** @return this, but as something that is never the same as what is there: its content was not read in peace */
    Stat restless() {
        return new Stat(kind, mode, size, modified, Long.MIN_VALUE, inode);
    }
}
