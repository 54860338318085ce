package dev.claudevm.provider.ssh;

import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Folders of programs that are copied to the machine once a version, under the name of their version: kits, bridges, caches of classes. */
final class Parts {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Machine machine;
    private final Map<String, String> names = new ConcurrentHashMap<>();

    Parts(Machine machine) {
        this.machine = machine;
    }

    /**
     * What a workspace is started with, by the names that it has on the machine.
     *
     * @param cache {@code -}: there is none yet
     */
    record Names(String kit, String bridge, String cache) {}

    /** @param cache where the cache of classes is, once it is made */
    Names names(Path kit, Path bridge, Path caches) throws IOException {
        String programs = nameOf(kit.getFileName());
        // By its content: different ones may have one name here.
        String classes = hashOf(bridge);
        String cache = programs + "-" + classes;
        return new Names(programs, classes, Files.exists(caches.resolve(cache + ".aot")) ? cache : "-");
    }

    private static String nameOf(@Nullable Path file) {
        return String.valueOf(file);
    }

    /** Brings the kit there, if it is not. @return its name there */
    String kit(Path kit, Progress progress) throws ProviderException {
        String name = nameOf(kit.getFileName());
        if (machine.ask("has", "kits", name).equals("no")) {
            bringKit(kit, name, progress);
        }
        return name;
    }

    void bringKit(Path kit, String name, Progress progress) throws ProviderException {
        bring("kits", name, kit, List.of("."), "Programs for " + machine.name(), progress);
    }

    void bringBridge(Path bridge, String name, Progress progress) throws ProviderException {
        // The cache of classes is for this machine's Java.
        bring(
                "bridges",
                name,
                bridge,
                List.of("--exclude=./bridge.aot", "."),
                "Bridge for " + machine.name(),
                progress);
    }

    void bringCache(Path caches, String name, Progress progress) throws ProviderException {
        bring(
                "caches",
                name,
                caches,
                List.of("--transform=s|.*|bridge.aot|", name + ".aot"),
                "Cache of classes",
                progress);
    }

    private void bring(String kind, String name, Path folder, List<String> words, String step, Progress progress)
            throws ProviderException {
        progress.step(step, false, null);
        var source = new TarStream.Source(folder, words);
        machine.must("copy " + kind, machine.run(source, PATIENCE, source.watch(step, progress), "put", kind, name));
        progress.step(step, true, null);
    }

    private String hashOf(Path folder) throws IOException {
        try (Stream<Path> walked = Files.walk(folder)) {
            List<Path> files = walked.filter(Files::isRegularFile)
                    .filter(file -> !file.equals(folder.resolve("bridge.aot")))
                    .sorted()
                    .toList();
            var state = new StringBuilder();
            for (Path file : files) {
                state.append(file).append(' ').append(Files.size(file)).append(' ');
                state.append(Files.getLastModifiedTime(file).toMillis()).append('\n');
            }
            String known = names.get(state.toString());
            if (known == null) {
                known = hash(folder, files);
                names.put(state.toString(), known);
            }
            return known;
        }
    }

    private static String hash(Path folder, List<Path> files) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : files) {
                digest.update((folder.relativize(file) + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8));
                try (var in = new DigestInputStream(Files.newInputStream(file), digest)) {
                    in.transferTo(java.io.OutputStream.nullOutputStream());
                }
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
