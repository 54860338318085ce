package dev.claudevm.agent;

import dev.claudevm.config.ServerHome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/**
 * The folder with agents' programs that every sandbox sees. A program from elsewhere is brought in by a hard link (no
 * space, no time), or copied where that cannot be. It is brought in again when its path, time or size changed.
 */
@Component
class ProgramStore {

    /** A workspace that is offline may still name the one before. */
    private static final int KEPT = 2;

    private static final int PACKAGE_LEVELS = 4;
    private static final int HASH_CHARS = 16;

    private final Path root;
    private final ReentrantLock lock = new ReentrantLock();

    ProgramStore(ServerHome home) {
        this.root = home.agents();
    }

    Path root() {
        return root;
    }

    /**
     * @param agent whose program it is
     * @param program an executable file; a script that lies in an npm package is brought in with the whole package
     * @return the program's path in the sandbox's view: <code>{agents}/…</code>
     */
    String importProgram(String agent, Path program) throws IOException {
        Path real = program.toRealPath();
        if (real.startsWith(root.toRealPath())) {
            return inSandbox(root.toRealPath().relativize(real));
        }
        Path source = isScript(real) ? packageOf(real) : real;
        Path own = root.resolve(agent);
        Path imported = own.resolve("imported");
        Path folder = imported.resolve(version(real));
        Path inside = source.equals(real)
                ? Path.of(real.getFileName().toString())
                : Path.of(source.getFileName().toString()).resolve(source.relativize(real));
        lock.lock();
        try {
            if (!Files.isExecutable(folder.resolve(inside))) {
                Files.createDirectories(imported);
                bringIn(source, folder);
                // Nothing above the agent's own folder is ours to change.
                for (Path ours : List.of(own, imported, folder)) {
                    Files.setPosixFilePermissions(ours, PosixFilePermissions.fromString("rwxr-xr-x"));
                }
                forgetOlder(imported, folder);
            }
        } finally {
            lock.unlock();
        }
        return inSandbox(root.relativize(folder.resolve(inside)));
    }

    /** Makes everything in a folder readable for the sandbox's user. */
    static void readableForAll(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (!Files.isSymbolicLink(file)) {
                    Set<PosixFilePermission> rights = Files.getPosixFilePermissions(file);
                    if (rights.addAll(forAll(rights))) {
                        Files.setPosixFilePermissions(file, rights);
                    }
                }
            }
        }
    }

    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static void bringIn(Path source, Path folder) throws IOException {
        Path fresh = folder.resolveSibling("." + folder.getFileName() + ".new");
        delete(fresh);
        Files.createDirectories(fresh);
        Path base = source.getParent() == null ? source : source.getParent();
        Files.walkFileTree(source, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                Files.createDirectories(fresh.resolve(base.relativize(directory)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                linkOrCopy(file, fresh.resolve(base.relativize(file)));
                return FileVisitResult.CONTINUE;
            }
        });
        readableForAll(fresh);
        delete(folder);
        Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void linkOrCopy(Path file, Path target) throws IOException {
        if (Files.isSymbolicLink(file)) {
            Files.copy(file, target, java.nio.file.LinkOption.NOFOLLOW_LINKS);
            return;
        }
        Set<PosixFilePermission> rights = Files.getPosixFilePermissions(file);
        // A link shares its rights with the original, which are not ours to change.
        if (rights.containsAll(forAll(rights))) {
            try {
                Files.createLink(target, file);
                return;
            } catch (IOException | UnsupportedOperationException e) {
                // another file system, or not our file: copied
            }
        }
        Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
    }

    private static Set<PosixFilePermission> forAll(Set<PosixFilePermission> rights) {
        Set<PosixFilePermission> wanted = EnumSet.of(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);
        if (rights.contains(PosixFilePermission.OWNER_EXECUTE)) {
            wanted.add(PosixFilePermission.GROUP_EXECUTE);
            wanted.add(PosixFilePermission.OTHERS_EXECUTE);
        }
        return wanted;
    }

    private static void forgetOlder(Path imported, Path newest) throws IOException {
        record Aged(Path folder, FileTime time) {}
        List<Aged> others = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(imported)) {
            for (Path folder : folders) {
                if (!folder.equals(newest)) {
                    others.add(new Aged(folder, Files.getLastModifiedTime(folder)));
                }
            }
        }
        others.sort(Comparator.comparing(Aged::time).reversed());
        for (Aged old : others.stream().skip(KEPT - 1L).toList()) {
            delete(old.folder());
        }
    }

    private static boolean isScript(Path program) throws IOException {
        try (InputStream in = Files.newInputStream(program)) {
            byte[] start = in.readNBytes(2);
            return start.length == 2 && start[0] == '#' && start[1] == '!';
        }
    }

    /** @return the folder of the npm package that the script belongs to; without one, the script alone */
    private static Path packageOf(Path script) {
        Path folder = script.getParent();
        for (int level = 0; folder != null && level < PACKAGE_LEVELS; level++) {
            if (Files.isRegularFile(folder.resolve("package.json"))) {
                return folder;
            }
            folder = folder.getParent();
        }
        return script;
    }

    private static String version(Path program) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(program, BasicFileAttributes.class);
        String what = program + "\n" + attributes.lastModifiedTime() + "\n" + attributes.size();
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(what.getBytes(StandardCharsets.UTF_8)))
                    .substring(0, HASH_CHARS);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every JDK has SHA-256", e);
        }
    }

    private static String inSandbox(Path relative) {
        return "{agents}/" + relative;
    }
}
