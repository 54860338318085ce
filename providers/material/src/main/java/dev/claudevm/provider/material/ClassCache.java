package dev.claudevm.provider.material;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Makes a bridge's cache of classes for a Java runtime, which halves its time to start: one run that starts everything and ends. */
public final class ClassCache {

    private static final System.Logger LOG = System.getLogger(ClassCache.class.getName());
    private static final Set<Path> MAKING = ConcurrentHashMap.newKeySet();

    private ClassCache() {}

    /**
     * @param kit a {@link LinuxKit}
     * @return where the cache for the kit's runtime is, once it is made: in the folder {@code caches} beside the kit, under both names
     */
    public static Path place(Path kit, Path bridgeKit) {
        return kit.resolveSibling("caches").resolve(kit.getFileName() + "-" + bridgeKit.getFileName() + ".aot");
    }

    /**
     * Makes the one for a {@link LinuxKit}, in a thread of its own, at low priority, if it is not there and nobody makes it. That it cannot be made is no failure.
     *
     * @param bridgeKit folder with {@code lib/*.jar} and perhaps {@code bridge.opts}
     */
    public static void makeBeside(Path kit, Path bridgeKit) {
        Path cache = place(kit, bridgeKit);
        if (Files.exists(cache) || !MAKING.add(cache)) {
            return;
        }
        // Reads a process's end: not in a virtual thread.
        Thread.ofPlatform().daemon().name("class-cache").start(() -> {
            try {
                make(kit.resolve("java/bin/java"), bridgeKit, cache);
            } catch (IOException | RuntimeException e) {
                LOG.log(System.Logger.Level.INFO, "The cache of classes " + cache + " was not made: " + e.getMessage());
            } finally {
                MAKING.remove(cache);
            }
        });
    }

    /**
     * Makes it now.
     *
     * @param java the runtime's program
     * @param bridgeKit folder with {@code lib/*.jar} and perhaps {@code bridge.opts}
     * @param cache its folder is made when it is missing
     * @throws IOException it could not be made; nothing is left
     */
    public static void make(Path java, Path bridgeKit, Path cache) throws IOException {
        Files.createDirectories(cache.resolveSibling(""));
        Path half = Files.createTempFile(cache.getParent(), ".new-", ".aot");
        try {
            List<String> command = new ArrayList<>(List.of("nice", "-n", "10", java.toString()));
            Path options = bridgeKit.resolve("bridge.opts");
            if (Files.exists(options)) {
                command.add("@" + options);
            }
            command.addAll(List.of("-XX:AOTCacheOutput=" + half, "-cp", classPath(bridgeKit)));
            command.addAll(List.of("dev.claudevm.bridge.BridgeMain", "--train"));
            Files.delete(half);
            var ran = ExternalProgram.run(command);
            if (!ran.ok() || !Files.exists(half)) {
                throw new IOException("the run ended with " + ran.exit());
            }
            Files.setPosixFilePermissions(half, PosixFilePermissions.fromString("r--r--r--"));
            Files.move(half, cache, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(half);
        }
    }

    /** By name and sorted, as workspaces start it: a cache is good for exactly the class path that it was made with. */
    private static String classPath(Path kit) throws IOException {
        try (Stream<Path> jars = Files.list(kit.resolve("lib"))) {
            return jars.map(Path::toString)
                    .filter(jar -> jar.endsWith(".jar"))
                    .sorted()
                    .collect(Collectors.joining(":"));
        }
    }
}
