package dev.claudevm.provider.ssh;

import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.ssh.Connection.Answer;
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
    Names names(Path kit, Path bridge, Path cache) throws IOException {
        String programs = nameOf(kit.getFileName());
        // By its content: different ones may have one name here.
        String classes = hashOf(bridge);
        return new Names(programs, classes, Files.exists(cache) ? programs + "-" + classes : "-");
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
        var packed = new TarStream.Source(kit, List.of("."));
        bring("kits", name, packed, kit, "Programs for " + machine.name(), progress);
    }

    void bringBridge(Path bridge, String name, Progress progress) throws ProviderException {
        // The cache of classes is for this machine's Java.
        var packed = new TarStream.Source(bridge, List.of("--exclude=./bridge.aot", "."));
        bring("bridges", name, packed, null, "Bridge for " + machine.name(), progress);
    }

    void bringCache(Path cache, String name, Progress progress) throws ProviderException {
        List<String> words = List.of("--transform=s|.*|bridge.aot|", nameOf(cache.getFileName()));
        var packed = new TarStream.Source(cache.resolveSibling(""), words);
        bring("caches", name, packed, cache, "Cache of classes", progress);
    }

    /** @param original what never changes under its name, so that its archive is kept; null: nothing is kept */
    private void bring(
            String kind, String name, TarStream.Source packed, @Nullable Path original, String step, Progress progress)
            throws ProviderException {
        progress.step(step, false, null);
        KeptArchive kept = original == null ? null : KeptArchive.beside(original, packed);
        Answer answer =
                machine.run(kept == null ? packed : kept, PATIENCE, packed.watch(step, progress), "put", kind, name);
        if (kept != null && answer.exit() != 0) {
            kept.forget();
        }
        machine.must("copy " + kind, answer);
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
