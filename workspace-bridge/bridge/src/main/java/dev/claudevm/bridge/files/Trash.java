package dev.claudevm.bridge.files;

import dev.claudevm.bridge.tree.TreePath;
import dev.claudevm.protocol.FileTree.Deleted;
import dev.claudevm.protocol.FileTree.Entry;
import dev.claudevm.protocol.FileTree.Type;
import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * What was deleted and can be had back: {@code <id>/thing} and {@code <id>/deleted.json} in the bridge's folder. On the same
 * file system a deletion is one step; else the thing is set aside under another name, copied by {@code cp -a}, and removed.
 * Size, age and number are bounded; the oldest goes first, and never what was deleted just now.
 */
final class Trash {

    private static final Pattern ID = Pattern.compile("[0-9]{14}-[0-9a-f]{16}");
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("uuuuMMddHHmmss").withZone(ZoneOffset.UTC);
    private static final byte[] THING = "thing".getBytes(StandardCharsets.US_ASCII);
    private static final String NOTE = "deleted.json";
    private static final Duration LONGEST_COPY = Duration.ofMinutes(10);

    private final Path folder;
    private final Tree tree;
    private final Entries entries;
    private final Scratch scratch;
    private final FileBounds bounds;
    private final Map<String, String> environment;
    private final Clock clock;

    Trash(
            Path folder,
            Tree tree,
            Entries entries,
            Scratch scratch,
            FileBounds bounds,
            Map<String, String> environment,
            Clock clock) {
        this.folder = folder;
        this.tree = tree;
        this.entries = entries;
        this.scratch = scratch;
        this.bounds = bounds;
        this.environment = environment;
        this.clock = clock;
    }

    /** Deletes what is there, so that {@link #restore} brings it back. A link itself, not what it leads to. */
    Deleted delete(TreePath path) {
        try (Tree.Place place = tree.place(path, false).forWriting()) {
            return delete(place);
        } catch (IOException e) {
            throw FileProblem.of(e, path.toString());
        }
    }

    synchronized Deleted delete(Tree.Place place) throws IOException {
        Type type = Entries.type(Stat.of(place.file()).kind());
        String id = STAMP.format(clock.instant()) + "-" + Scratch.random();
        Path item = Files.createDirectories(folder.resolve(id));
        Deleted deleted = new Deleted(id, place.path().toString(), type, clock.instant(), null);
        write(item, deleted);
        try (Pinned to = Pinned.root(item)) {
            try {
                Kernel.rename(place.folder().fd(), place.name(), to.fd(), THING, Kernel.NO_REPLACE);
            } catch (AtomicMoveNotSupportedException otherFileSystem) {
                copyAway(place, to);
            }
        } catch (IOException | RuntimeException e) {
            purge(id);
            throw e;
        }
        Saving.sync(place.folder());
        count(item, deleted);
        clean(id);
        return find(id).orElse(deleted);
    }

    private void copyAway(Tree.Place place, Pinned to) throws IOException {
        int fd = place.folder().fd();
        try (Scratch.Name aside = scratch.forSettingAside(place)) {
            Kernel.rename(fd, place.name(), fd, aside.bytes(), Kernel.NO_REPLACE);
            try {
                long bytes = Removal.bytes(place.folder(), aside.bytes());
                if (bytes > bounds.trashBytes()) {
                    throw FileProblem.of(
                            FileProblem.TOO_LARGE,
                            "\"" + place.path() + "\" is larger than the trash (" + bounds.trashBytes() + " bytes).",
                            "Delete it for good (undo=false), or in the terminal.");
                }
                copy(place.folder(), aside.bytes(), to, THING);
            } catch (IOException | RuntimeException e) {
                Kernel.rename(fd, aside.bytes(), fd, place.name(), Kernel.NO_REPLACE);
                throw e;
            }
            aside.nowWorthless(place);
            Removal.remove(place.folder(), aside.bytes());
        }
    }

    /** Bytes, modes, owners, times, links and extended attributes stay. Names that the program sees are ours. */
    private void copy(Pinned from, byte[] name, Pinned to, byte[] newName) throws IOException {
        String source = from.shared() + "/" + new String(name, StandardCharsets.US_ASCII);
        String target = to.shared() + "/" + new String(newName, StandardCharsets.US_ASCII);
        try (Program cp = Program.start(
                List.of("cp", "-a", "-T", "--", source, target), folder, environment, new byte[0], LONGEST_COPY)) {
            cp.all(1);
            if (cp.exitCode() != 0) {
                String said = cp.complaint();
                throw new IOException(cp.late() ? "copying takes too long" : said);
            }
        }
    }

    /** Deletes without a way back. */
    void deleteForGood(TreePath path) {
        try (Tree.Place place = tree.place(path, false).forWriting()) {
            Stat.of(place.file());
            Removal.remove(place.folder(), place.name());
            Saving.sync(place.folder());
        } catch (IOException e) {
            throw FileProblem.of(e, path.toString());
        }
    }

    /**
     * Brings back what was deleted, with the folders around it.
     *
     * @param elsewhere null: where it was
     * @throws FileProblem 409 when something is there; nothing is changed then
     */
    synchronized Entry restore(String id, @Nullable TreePath elsewhere, Saving saving) {
        Deleted deleted = known(id);
        TreePath path = elsewhere == null ? Tree.parse(deleted.path()) : elsewhere;
        try {
            saving.makeFolders(path.parent());
            try (Tree.Place place = tree.place(path, false).forWriting();
                    Pinned item = Pinned.root(folder.resolve(id))) {
                int fd = place.folder().fd();
                try {
                    Kernel.rename(item.fd(), THING, fd, place.name(), Kernel.NO_REPLACE);
                } catch (AtomicMoveNotSupportedException otherFileSystem) {
                    try (Scratch.Name temporary = scratch.forWriting(place)) {
                        try {
                            copy(item, THING, place.folder(), temporary.bytes());
                            Kernel.rename(fd, temporary.bytes(), fd, place.name(), Kernel.NO_REPLACE);
                        } finally {
                            Removal.remove(place.folder(), temporary.bytes());
                        }
                    }
                }
                Saving.sync(place.folder());
                purge(id);
                return entries.of(place);
            }
        } catch (IOException e) {
            throw FileProblem.of(e, path.toString());
        }
    }

    /** @return newest first */
    List<Deleted> list() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(p -> p.getFileName().toString())
                    .filter(name -> ID.matcher(name).matches())
                    .flatMap(id -> find(id).stream())
                    .sorted(Comparator.comparing(Deleted::at).reversed())
                    .toList();
        } catch (IOException e) {
            throw FileProblem.of(e, "");
        }
    }

    /** Takes the way back away. */
    synchronized void forget(String id) {
        known(id);
        try {
            purge(id);
        } catch (IOException e) {
            throw FileProblem.of(e, "");
        }
    }

    private Deleted known(String id) {
        return find(id).orElseThrow(() -> FileProblem.of(
                FileProblem.MISSING,
                "The trash has no \"" + id + "\" (any more).",
                "See what it has; restore from a checkpoint otherwise."));
    }

    private Optional<Deleted> find(String id) {
        if (!ID.matcher(id).matches()) {
            return Optional.empty();
        }
        Path item = folder.resolve(id);
        try {
            if (!Files.exists(item.resolve("thing"), java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
                return Optional.empty();
            }
            return Optional.of(Json.MAPPER.readValue(Files.readAllBytes(item.resolve(NOTE)), Deleted.class));
        } catch (IOException | JacksonException e) {
            return Optional.empty();
        }
    }

    private static void write(Path item, Deleted deleted) throws IOException {
        Path fresh = item.resolve(NOTE + ".new");
        Files.write(fresh, Json.MAPPER.writeValueAsBytes(deleted));
        Files.move(fresh, item.resolve(NOTE), StandardCopyOption.ATOMIC_MOVE);
    }

    private void count(Path item, Deleted deleted) {
        try (Pinned there = Pinned.root(item)) {
            long bytes = Removal.bytes(there, THING);
            write(item, new Deleted(deleted.id(), deleted.path(), deleted.type(), deleted.at(), bytes));
        } catch (IOException e) {
            // It counts as nothing then; its age takes it.
        }
    }

    /** @param keep just deleted */
    private void clean(String keep) throws IOException {
        long bytes = 0;
        int items = 0;
        List<String> tooMuch = new ArrayList<>();
        for (Deleted deleted : list()) {
            bytes += deleted.bytes() == null ? 0 : deleted.bytes();
            items++;
            boolean old = deleted.at().isBefore(clock.instant().minus(Duration.ofDays(bounds.trashDays())));
            if (!deleted.id().equals(keep) && (old || bytes > bounds.trashBytes() || items > bounds.trashItems())) {
                tooMuch.add(deleted.id());
            }
        }
        for (String id : tooMuch) {
            purge(id);
        }
    }

    private void purge(String id) throws IOException {
        try (Pinned all = Pinned.root(folder)) {
            Removal.remove(all, id.getBytes(StandardCharsets.US_ASCII));
        } catch (NoSuchFileException e) {
            // Gone already.
        }
    }
}
