package dev.claudevm.workspace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the bridge's cache of classes ({@code bridge.aot}), which halves its time to start: one run that starts everything
 * and ends. Done once a kit, at low priority; without it bridges start too.
 */
final class BridgeTraining {

    private static final Logger log = LoggerFactory.getLogger(BridgeTraining.class);
    private static final String CACHE = "bridge.aot";
    private static final long LIMIT_SECONDS = 120;

    private BridgeTraining() {}

    /** By name and sorted, as workspaces start it: a cache is good for exactly the class path that it was made with. */
    private static String classPath(Path kit) throws IOException {
        try (Stream<Path> jars = Files.list(kit.resolve("lib"))) {
            return jars.map(Path::toString)
                    .filter(jar -> jar.endsWith(".jar"))
                    .sorted()
                    .collect(Collectors.joining(":"));
        }
    }

    /**
     * Copies the cache that was made when the product was built, so that the first bridge already starts quickly. It lies
     * in the product's folder as {@code bridge-<kit>.aot}.
     *
     * @param kit where the kit is being made
     * @param name of the kit
     */
    static void takeOver(Path kit, String name) {
        String app = System.getProperty("claudevm.app");
        if (app == null) {
            return;
        }
        Path made = Path.of(app, "bridge-" + name + ".aot");
        Path cache = kit.resolve(CACHE);
        if (!Files.exists(made)) {
            return;
        }
        try {
            Files.copy(made, cache);
            Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("r--r--r--"));
        } catch (IOException e) {
            log.warn("The bridge's cache of classes {} could not be copied: {}", made, e.getMessage());
            try {
                Files.deleteIfExists(cache);
            } catch (IOException again) {
                log.debug("{} stays behind", cache);
            }
        }
    }

    static void train(Path kit) {
        Path cache = kit.resolve(CACHE);
        if (Files.exists(cache)) {
            return;
        }
        Path half = kit.resolve(".bridge.aot." + ProcessHandle.current().pid());
        Process run = null;
        try {
            List<String> command = new ArrayList<>(List.of(
                    "nice",
                    "-n",
                    "10",
                    Path.of(System.getProperty("java.home"), "bin", "java").toString()));
            Path options = kit.resolve("bridge.opts");
            if (Files.exists(options)) {
                command.add("@" + options);
            }
            command.addAll(List.of(
                    "-XX:AOTCacheOutput=" + half, "-cp", classPath(kit), "dev.claudevm.bridge.BridgeMain", "--train"));
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD);
            // It needs nothing of ours, and our environment may hold keys.
            builder.environment().keySet().retainAll(List.of("PATH", "LANG", "LC_ALL", "TMPDIR"));
            run = builder.start();
            run.getOutputStream().close();
            if (!run.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                log.warn("The bridge's cache of classes was not made within {} s", LIMIT_SECONDS);
            } else if (run.exitValue() == 0 && Files.exists(half)) {
                Files.setPosixFilePermissions(half, PosixFilePermissions.fromString("r--r--r--"));
                Files.move(half, cache, StandardCopyOption.ATOMIC_MOVE);
                log.info("Made the bridge's cache of classes");
            } else {
                log.warn("The bridge's cache of classes was not made: exit code {}", run.exitValue());
            }
        } catch (IOException e) {
            log.warn("The bridge's cache of classes was not made: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (run != null) {
                run.descendants().forEach(ProcessHandle::destroyForcibly);
                run.destroyForcibly();
            }
            try {
                Files.deleteIfExists(half);
            } catch (IOException e) {
                log.debug("{} stays behind", half);
            }
        }
    }
}
