package dev.claudevm.server;

import dev.claudevm.provider.material.ClassCache;
import dev.claudevm.provider.material.LinuxKit;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * Quick bridges in containers and on machines over SSH: their cache of classes is made once for all tests, where the product makes one beside the first start of
 * each kit.
 */
final class TrainedBridges {

    private static final Duration LONG = Duration.ofMinutes(2);
    private static final int NAME_CHARS = 16;

    private TrainedBridges() {}

    /** Makes the cache if nobody has. @param kits of a server that has begun to unpack the bridge there */
    static void ready(Path kits) throws Exception {
        Path linux = new LinuxKit(kits).ready(Path.of(System.getProperty("java.home")), (step, done, detail) -> {});
        Path bridge = kits.resolve(bridge());
        Awaitility.await("the bridge is unpacked").atMost(LONG).until(() -> Files.isDirectory(bridge));
        Path cache = ClassCache.place(linux, bridge);
        // Several JVMs run these tests side by side, and one of them trains.
        try (FileChannel file = FileChannel.open(
                        kits.resolve(".training"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = file.lock()) {
            if (!Files.exists(cache)) {
                ClassCache.make(linux.resolve("java/bin/java"), bridge, cache);
            }
        }
    }

    private static String bridge() throws IOException {
        try (var in = TrainedBridges.class.getResourceAsStream("/claude-vm-bridge-kit.zip.sha256")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.US_ASCII)
                    .substring(0, NAME_CHARS);
        }
    }

    /**
     * @param workspace of which a bridge runs in a container or on a machine of these tests
     * @return whether its JVM works with the cache: one that does not fit is not mapped
     */
    static boolean areUsedBy(String workspace) throws IOException {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes.anyMatch(
                    process -> reads(process.resolve("environ"), "CLAUDE_VM_WORKSPACE=" + workspace + "\0")
                            && reads(process.resolve("maps"), ".aot\n"));
        }
    }

    private static boolean reads(Path file, String text) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).contains(text);
        } catch (IOException noSuchProcess) {
            return false;
        }
    }
}
