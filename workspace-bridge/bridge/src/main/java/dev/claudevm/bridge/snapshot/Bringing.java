package dev.claudevm.bridge.snapshot;

import dev.claudevm.protocol.Snapshots.Line;
import dev.claudevm.protocol.Snapshots.Restore;
import dev.claudevm.protocol.Snapshots.Roots;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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
        Roots were = wish.roots();
        // The repository's password is dear on purpose: each run of restic takes the better part of a second before it
        // reads anything. So they are few and run side by side.
        boolean together =
                Path.of(were.state()).startsWith(were.home()) && places.state().startsWith(places.home()) && oneMount();
        sideBySide(
                () -> bring(wish, were.project(), places.project(), List.of(), restored -> {
                    clear(places.project());
                    move(restored, places.project());
                }),
                () -> {
                    bring(wish, were.home(), places.home(), List.of(), restored -> {
                        move(restored, places.home());
                        if (together && !wish.copy()) {
                            parts(restored.resolve(Path.of(were.home()).relativize(Path.of(were.state()))));
                        }
                    });
                    if (!together && !wish.copy()) {
                        bring(wish, were.state(), places.state(), Places.STATE, this::parts);
                    }
                });
        return new Line("done", wish.snapshotId(), 0, 0, 0, 0, 0, places.roots(), null, 0, null, null, null);
    }

    /** A part of the work. */
    private interface Part {
        void run() throws IOException;
    }

    /** @throws IOException of the one that failed first; the other is given up then */
    private void sideBySide(Part one, Part other) throws IOException {
        AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
        Thread second = Thread.ofPlatform().daemon().name("snapshot home").start(() -> run(other, failure));
        run(one, failure);
        try {
            second.join();
        } catch (InterruptedException e) {
            restic.close();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        IOException first = failure.get();
        if (first != null) {
            throw first;
        }
    }

    private void run(Part part, AtomicReference<@Nullable IOException> failure) {
        try {
            part.run();
        } catch (IOException e) {
            failure.compareAndSet(null, e);
            restic.close();
        } catch (RuntimeException e) {
            failure.compareAndSet(null, new IOException(e));
            restic.close();
        }
    }

    /** Two mounts of one file system look alike, but nothing can be renamed from one into the other. */
    private boolean oneMount() throws IOException {
        Path here = places.home().resolve(Places.RESTORING);
        Path there = Files.createDirectories(places.state()).resolve(Places.RESTORING);
        remove(here);
        remove(there);
        Files.createDirectories(here);
        try {
            Files.move(here, there, StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (AtomicMoveNotSupportedException two) {
            return false;
        } finally {
            remove(here);
            remove(there);
        }
    }

    /** Puts what was restored into its place. */
    private interface Placing {
        void place(Path restored) throws IOException;
    }

    /**
     * @param was where it was in the snapshot
     * @param parts only those of it; empty: all
     */
    private void bring(Restore wish, String was, Path to, List<String> parts, Placing placing) throws IOException {
        Path stage = to.resolve(Places.RESTORING);
        remove(stage);
        Files.createDirectories(stage);
        List<String> words = new ArrayList<>(List.of("restore", wish.snapshotId(), "--target", stage.toString()));
        if (parts.isEmpty()) {
            words.addAll(List.of("--include", Places.escaped(was)));
        }
        for (String part : parts) {
            words.addAll(List.of("--include", Places.escaped(was + "/" + part)));
        }
        int _ = restic.run(words, json -> {}, Bringing::fine);
        placing.place(stage.resolve(was.substring(1)));
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

    private static void clear(Path folder) throws IOException {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path one : all) {
                if (!one.getFileName().toString().equals(Places.RESTORING)) {
                    remove(one);
                }
            }
        }
    }

    /** The parts of the home that are others' (the bridge's own, when it lies there) are left to them. */
    private void move(Path from, Path to) throws IOException {
        if (!Files.isDirectory(from, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (DirectoryStream<Path> all = Files.newDirectoryStream(from)) {
            for (Path one : all) {
                Path place = to.resolve(one.getFileName());
                boolean holdsOthers = !to.equals(places.project())
                        && (places.state().startsWith(place) || places.project().startsWith(place));
                if (!holdsOthers) {
                    replace(place, one);
                }
            }
        }
    }

    /** Of the bridge's own, what is in snapshots. */
    private void parts(Path from) throws IOException {
        for (String part : Places.STATE) {
            if (Files.exists(from.resolve(part), LinkOption.NOFOLLOW_LINKS)) {
                replace(places.state().resolve(part), from.resolve(part));
            }
        }
    }

    private static void replace(Path place, Path by) throws IOException {
        remove(place);
        Files.move(by, place, StandardCopyOption.ATOMIC_MOVE);
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
            public FileVisitResult postVisitDirectory(Path folder, java.io.@Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
