package dev.claudevm.provider.material;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which kits workspaces run with. Each update of the product, or of this machine's programs, makes new kits; an old one stays for as
 * long as a workspace runs with it.
 *
 * <pre>
 * linux-&lt;name&gt;/, &lt;name&gt;/              a {@link LinuxKit}, a bridge's
 * caches/linux-&lt;name&gt;-&lt;name&gt;.aot     a {@link ClassCache} for both
 * *.tgz                             an archive of what it is named after, for machines
 * .users/&lt;workspace&gt;/&lt;kit&gt;          an empty file for each that it was last started with
 * </pre>
 */
public final class KitUse {

    private static final String USERS = ".users";
    private static final String CACHES = "caches";
    private static final String LINUX = "linux-";
    private static final String OLD = ".old-";

    /** What is younger may just be made, or be about to be used. */
    private static final Duration SPARED = Duration.ofDays(1);

    private final Path kits;
    private final Path users;

    /** @param kits the folder of all kits */
    public KitUse(Path kits) {
        this.kits = kits;
        this.users = kits.resolve(USERS);
    }

    /**
     * Says that a workspace is about to run with a kit, and no longer with another of its kind.
     *
     * @throws IOException it could not be written down, so the workspace must not start
     */
    public static void mark(String workspace, Path kit) throws IOException {
        String name = kit.getFileName().toString();
        Path used = Files.createDirectories(kit.resolveSibling(USERS).resolve(workspace));
        Path mark = used.resolve(name);
        if (!Files.exists(mark)) {
            Files.createFile(mark);
        }
        Files.setLastModifiedTime(used, FileTime.from(Instant.now()));
        for (Path other : in(used)) {
            String its = other.getFileName().toString();
            if (!its.equals(name) && its.startsWith(LINUX) == name.startsWith(LINUX)) {
                Files.delete(other);
            }
        }
    }

    /**
     * Removes the kits that nobody runs with, and what else of them is left.
     *
     * @param current names of those that the next start takes
     * @param running workspaces that may be running; while it is not known what one of them runs with, nothing is removed
     * @return the names of the kits removed
     */
    public List<String> removeUnused(Set<String> current, Set<String> running) throws IOException {
        Set<String> used = new HashSet<>(current);
        for (String workspace : running) {
            List<Path> its = in(users.resolve(workspace));
            if (its.isEmpty()) {
                return List.of();
            }
            its.forEach(mark -> used.add(mark.getFileName().toString()));
        }
        List<String> removed = new ArrayList<>();
        for (Path path : in(kits)) {
            String name = path.getFileName().toString();
            boolean stays = name.equals(USERS) || name.equals(CACHES) || used.contains(name);
            if (stays || !Files.isDirectory(path) || !isOld(path)) {
                continue;
            }
            if (name.startsWith(".")) {
                // Of a process that died while it made or removed one.
                Trees.delete(path);
            } else {
                Path old = kits.resolve(OLD + name);
                // Under its own name there is never half of one.
                Files.move(path, old, StandardCopyOption.ATOMIC_MOVE);
                Trees.delete(old);
                removed.add(name);
            }
        }
        removeOrphans();
        for (Path path : in(users)) {
            if (isOld(path) && !running.contains(path.getFileName().toString())) {
                Trees.delete(path);
            }
        }
        return removed;
    }

    /** Caches of which one kit is gone, and archives, which lie beside what they were made of. */
    private void removeOrphans() throws IOException {
        Set<String> folders = new HashSet<>();
        for (Path path : in(kits)) {
            if (Files.isDirectory(path)) {
                folders.add(path.getFileName().toString());
            }
        }
        Set<String> whole = new HashSet<>();
        for (String linux : folders) {
            folders.forEach(bridge -> whole.add(linux + "-" + bridge));
        }
        removeOrphans(kits, folders);
        removeOrphans(kits.resolve(CACHES), whole);
    }

    /** @param owners names of what there is, without what follows the first dot */
    private static void removeOrphans(Path folder, Set<String> owners) throws IOException {
        for (Path path : in(folder)) {
            String name = path.getFileName().toString();
            int dot = name.indexOf('.');
            if (dot > 0 && isOld(path) && !owners.contains(name.substring(0, dot))) {
                Files.delete(path);
            }
        }
    }

    private static boolean isOld(Path path) throws IOException {
        try {
            Instant changed = Files.getLastModifiedTime(path).toInstant();
            return changed.isBefore(Instant.now().minus(SPARED));
        } catch (NoSuchFileException e) {
            // Whoever was making it has moved it to its place.
            return false;
        }
    }

    /** @return what is in a folder; nothing when there is none */
    private static List<Path> in(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }
}
