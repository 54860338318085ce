package dev.claudevm.bridge.snapshot;

import dev.claudevm.protocol.Snapshots.Line;
import dev.claudevm.protocol.Snapshots.Restore;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Brings a snapshot back. Each folder is restored into a folder inside of itself and moved from there by renaming, because
 * the three may be three mounts. Repeating it after a crash at any place gives the same.
 */
final class Bringing {

    private static final Pattern ERRORS = Pattern.compile("There were (\\d{1,9}) errors");
    private static final Pattern OWNER = Pattern.compile("ignoring error for .*: Lchown: .*");

    private final Places places;
    private final Restic restic;

    Bringing(Places places, Restic restic) {
        this.places = places;
        this.restic = restic;
    }

    Line run(Restore wish) throws IOException {
        bring(wish, wish.roots().project(), places.project(), true, List.of());
        bring(wish, wish.roots().home(), places.home(), false, List.of());
        bring(wish, wish.roots().state(), places.state(), false, Places.STATE);
        return new Line("done", wish.snapshotId(), 0, 0, 0, 0, 0, places.roots(), null, 0, null, null, null);
    }

    /**
     * @param was where it was in the snapshot
     * @param replace what is there now goes
     * @param parts only those of it; empty: all
     */
    private void bring(Restore wish, String was, Path to, boolean replace, List<String> parts) throws IOException {
        Path stage = to.resolve(Places.RESTORING);
        remove(stage);
        Files.createDirectories(stage);
        List<String> words =
                new java.util.ArrayList<>(List.of("restore", wish.snapshotId(), "--target", stage.toString()));
        if (parts.isEmpty()) {
            words.addAll(List.of("--include", Places.escaped(was)));
        }
        for (String part : parts) {
            words.addAll(List.of("--include", Places.escaped(was + "/" + part)));
        }
        int _ = restic.run(words, json -> {}, Bringing::fine);
        Path restored = stage.resolve(was.substring(1));
        if (replace) {
            clear(to, stage);
        }
        if (Files.isDirectory(restored, LinkOption.NOFOLLOW_LINKS)) {
            move(restored, to);
        }
        remove(stage);
    }

    /** Files of users that the workspace does not know belong to its own user now, as with {@code cp}. restic calls that an error. */
    static boolean fine(int code, String said) {
        if (code == 0) {
            return true;
        }
        Matcher errors = ERRORS.matcher(said);
        long owners = said.lines().filter(line -> OWNER.matcher(line).matches()).count();
        return errors.find() && owners > 0 && Long.parseLong(errors.group(1)) == owners;
    }

    private static void clear(Path folder, Path but) throws IOException {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path one : all) {
                if (!one.equals(but)) {
                    remove(one);
                }
            }
        }
    }

    /** The parts of the home that are others' (the bridge's own, when it lies there) are left to them. */
    private void move(Path from, Path to) throws IOException {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(from)) {
            for (Path one : all) {
                Path place = to.resolve(one.getFileName());
                boolean holdsOthers = !to.equals(places.state())
                        && !to.equals(places.project())
                        && (places.state().startsWith(place) || places.project().startsWith(place));
                if (!holdsOthers) {
                    remove(place);
                    Files.move(one, place, StandardCopyOption.ATOMIC_MOVE);
                }
            }
        }
    }

    /** Also what is not writable. */
    static void remove(Path tree) throws IOException {
        if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(
                    Path folder, java.io.@org.jspecify.annotations.Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
