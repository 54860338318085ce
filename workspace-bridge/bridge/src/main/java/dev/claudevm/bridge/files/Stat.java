package dev.claudevm.bridge.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * What the disk says of one thing.
 *
 * @param mode permission bits with set-uid, set-gid and sticky: 0 to 07777
 * @param modified in nanoseconds since 1970
 */
record Stat(Kind kind, int mode, long size, long modified, long inode, long device, int owner, int group) {

    /** What it is. */
    enum Kind {
        FILE,
        FOLDER,
        LINK,
        /** Socket, device, fifo: never opened, since that may wait for ever. */
        OTHER
    }

    private static final String WANTED = "unix:mode,size,lastModifiedTime,ino,dev,uid,gid";

    /** What is there, be it a link. */
    static Stat of(Path path) throws IOException {
        return from(Files.readAttributes(path, WANTED, LinkOption.NOFOLLOW_LINKS));
    }

    /** @param path a descriptor below {@code /proc/self/fd} */
    static Stat ofPinned(Path path) throws IOException {
        return from(Files.readAttributes(path, WANTED));
    }

    private static Stat from(Map<String, Object> a) {
        int mode = (Integer) value(a, "mode");
        Kind kind = switch (mode & 0170000) {
            case 0100000 -> Kind.FILE;
            case 0120000 -> Kind.LINK;
            case 0040000 -> Kind.FOLDER;
            default -> Kind.OTHER;
        };
        return new Stat(
                kind,
                mode & 07777,
                (Long) value(a, "size"),
                ((FileTime) value(a, "lastModifiedTime")).to(TimeUnit.NANOSECONDS),
                (Long) value(a, "ino"),
                (Long) value(a, "dev"),
                (Integer) value(a, "uid"),
                (Integer) value(a, "gid"));
    }

    private static Object value(Map<String, Object> attributes, String name) {
        return Objects.requireNonNull(attributes.get(name));
    }

    Instant modifiedAt() {
        return Instant.ofEpochSecond(Math.floorDiv(modified, 1_000_000_000L), Math.floorMod(modified, 1_000_000_000L));
    }

    /** @return whether it is the same thing with nothing written to it in between */
    boolean untouched(Stat earlier) {
        return inode == earlier.inode
                && device == earlier.device
                && modified == earlier.modified
                && size == earlier.size;
    }
}
