package dev.claudevm.workspace;

import dev.claudevm.provider.material.ClassCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the bridge's cache of classes ({@code bridge.aot}), which halves its time to start: one run that starts everything
 * and ends. Done once a kit, at low priority; without it bridges start too.
 */
final class BridgeTraining {

    private static final Logger log = LoggerFactory.getLogger(BridgeTraining.class);
    private static final String CACHE = "bridge.aot";

    private BridgeTraining() {}

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
        try {
            ClassCache.make(Path.of(System.getProperty("java.home"), "bin", "java"), kit, cache);
            log.info("Made the bridge's cache of classes");
        } catch (IOException e) {
            log.warn("The bridge's cache of classes was not made: {}", e.getMessage());
        }
    }
}
