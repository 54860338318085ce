package dev.claudevm.testkit;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Quick starts for programs that tests start again and again in JVMs of their own, with the class path of the tests. A
 * training run leaves an AOT cache (JEP 514) in {@code target}, which is used until a class changes. Folders on the class
 * path are packed as jars for that, and signed jars are copied without their signatures: a JVM keeps nothing of what lies in either.
 */
public final class ClassCache {

    /** Starts the program with that command line, uses it a little, and lets it end in good order. */
    @FunctionalInterface
    public interface Training {
        void run(List<String> java) throws Exception;
    }

    private static final LocalDateTime NO_TIME = LocalDateTime.of(2000, 1, 1, 0, 0);

    private ClassCache() {}

    /**
     * @param name of the program, and of the cache's folder
     * @param flags of the JVM; the same for each start
     * @return {@code java}, its flags and the class path; the main class follows. When the training fails, that is said and
     *     starts are slower
     */
    public static synchronized List<String> java(String name, List<String> flags, Training training) {
        Path folder = Path.of("target", "class-cache", name).toAbsolutePath();
        Path cache = folder.resolve("classes.aot");
        List<Path> classPath = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .filter(Files::exists)
                .toList();
        try (FileChannel file = lockFile(folder);
                FileLock _ = file.lock()) {
            String print = flags + "\n" + fingerprint(classPath);
            Path known = folder.resolve("fingerprint");
            if (!Files.exists(known) || !Files.readString(known).equals(print)) {
                Files.deleteIfExists(known);
                Files.deleteIfExists(cache);
                List<String> line = command(flags, List.of("-XX:AOTCacheOutput=" + cache), packed(folder, classPath));
                try {
                    training.run(line);
                    if (!Files.exists(cache)) {
                        throw new IllegalStateException("the JVM ended without writing it");
                    }
                } catch (Exception | AssertionError e) {
                    System.err.println("No class cache for " + name + ", so it starts slowly: " + e);
                }
                Files.writeString(known, print);
            }
            List<String> options = Files.exists(cache)
                    ? List.of("-XX:AOTCache=" + cache, "-Xlog:aot=off", "-Xlog:cds=off")
                    : List.of();
            return command(flags, options, packed(folder, classPath));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Several JVMs run a module's tests side by side, and one of them trains. */
    private static FileChannel lockFile(Path folder) throws IOException {
        Files.createDirectories(folder);
        return FileChannel.open(folder.resolve("lock"), CREATE, WRITE);
    }

    private static List<String> command(List<String> flags, List<String> options, List<Path> classPath) {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(flags);
        line.addAll(options);
        line.add("-cp");
        line.add(String.join(
                File.pathSeparator, classPath.stream().map(Path::toString).toList()));
        return line;
    }

    /** Of content for folders, for a build writes the same classes with new times; of size and time for jars. */
    private static String fingerprint(List<Path> classPath) throws IOException {
        StringBuilder print = new StringBuilder();
        for (Path entry : classPath) {
            print.append(entry);
            if (Files.isDirectory(entry)) {
                CRC32 sum = new CRC32();
                for (Path inside : inside(entry)) {
                    sum.update(entry.relativize(inside).toString().getBytes(StandardCharsets.UTF_8));
                    if (Files.isRegularFile(inside)) {
                        sum.update(Files.readAllBytes(inside));
                    }
                }
                print.append(' ').append(sum.getValue());
            } else {
                print.append(' ')
                        .append(Files.size(entry))
                        .append(' ')
                        .append(Files.getLastModifiedTime(entry).toMillis());
            }
            print.append('\n');
        }
        return print.toString();
    }

    /** The JVM takes a cache only with the jars that it was made with, so what is packed already stays. */
    private static List<Path> packed(Path folder, List<Path> classPath) throws IOException {
        boolean fresh = !Files.exists(folder.resolve("fingerprint"));
        List<Path> jars = new ArrayList<>();
        for (int i = 0; i < classPath.size(); i++) {
            Path entry = classPath.get(i);
            Path jar = folder.resolve(i + ".jar");
            if (fresh) {
                pack(entry, jar);
            }
            jars.add(Files.exists(jar) ? jar : entry);
        }
        if (fresh) {
            unsign(folder);
        }
        return jars;
    }

    /** Leaves nothing for a jar that can be taken as it is. */
    private static void pack(Path entry, Path jar) throws IOException {
        Files.deleteIfExists(jar);
        if (Files.isDirectory(entry)) {
            packFolder(entry, jar);
        } else if (isSigned(entry)) {
            Files.copy(entry, jar);
        }
    }

    private static boolean isSigned(Path jar) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            return zip.stream().anyMatch(entry -> entry.getName().matches("META-INF/[^/]*\\.SF"));
        }
    }

    /** As the build does with the product's. */
    private static void unsign(Path folder) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String program = Kits.repository().resolve("build/Unsign.java").toString();
        try (CleanProcess unsigned = CleanProcess.of(
                        List.of(java, "-XX:TieredStopAtLevel=1", program, folder.toString()))
                .start()) {
            if (unsigned.awaitExit(Duration.ofMinutes(1)) != 0) {
                throw new IOException(
                        "The jars in " + folder + " cannot be copied without signatures: " + unsigned.log());
            }
        }
    }

    private static void packFolder(Path folder, Path jar) throws IOException {
        try (OutputStream out = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Path inside : inside(folder)) {
                boolean isFolder = Files.isDirectory(inside);
                // Whoever looks for classes of a package asks for its folder.
                ZipEntry entry = new ZipEntry(folder.relativize(inside) + (isFolder ? "/" : ""));
                entry.setTimeLocal(NO_TIME);
                zip.putNextEntry(entry);
                if (!isFolder) {
                    Files.copy(inside, zip);
                }
            }
        }
    }

    private static List<Path> inside(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(path -> !path.equals(folder)).sorted().toList();
        }
    }
}
