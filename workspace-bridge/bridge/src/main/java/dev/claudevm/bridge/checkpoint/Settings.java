package dev.claudevm.bridge.checkpoint;

import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * What is left out of checkpoints.
 *
 * @param maxFileBytes larger files are left out and named
 * @param leaveOut names of folders that are left out in addition
 * @param keep names of folders that are kept although a rule would leave them out
 */
record Settings(long maxFileBytes, Set<String> leaveOut, Set<String> keep) {

    private static final long DEFAULT_MAX_FILE_BYTES = 100L * 1024 * 1024;
    private static final String TAG = "CACHEDIR.TAG";
    private static final byte[] TAG_SIGNATURE =
            "Signature: 8a477f597d28d172789f06886806bc55".getBytes(StandardCharsets.US_ASCII);

    /** Folders that can be made again. Where the name alone says too little, one of the given siblings must be there. */
    private static final Map<String, List<String>> REBUILDABLE = new LinkedHashMap<>();

    static {
        List.of("node_modules", "__pycache__", ".gradle", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".tox", ".nox")
                .forEach(name -> REBUILDABLE.put(name, List.of()));
        List.of(".next", ".nuxt", ".svelte-kit", ".turbo", ".parcel-cache", ".angular")
                .forEach(name -> REBUILDABLE.put(name, List.of("package.json")));
        REBUILDABLE.put("target", List.of("pom.xml", "Cargo.toml", "build.sbt"));
        REBUILDABLE.put("build", List.of("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"));
        REBUILDABLE.put(".dart_tool", List.of("pubspec.yaml"));
        REBUILDABLE.put("Pods", List.of("Podfile"));
        REBUILDABLE.put("_build", List.of("mix.exs"));
        REBUILDABLE.put("deps", List.of("mix.exs"));
    }

    static Settings standard() {
        return new Settings(DEFAULT_MAX_FILE_BYTES, Set.of(), Set.of());
    }

    /** @param file {@code {"maxFileBytes": n, "leaveOut": [names], "keep": [names]}}; need not be there */
    static Settings read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return standard();
        }
        try {
            Written w = Json.MAPPER.readValue(Files.readAllBytes(file), Written.class);
            return new Settings(
                    w.maxFileBytes == null ? DEFAULT_MAX_FILE_BYTES : w.maxFileBytes,
                    w.leaveOut == null ? Set.of() : Set.copyOf(w.leaveOut),
                    w.keep == null ? Set.of() : Set.copyOf(w.keep));
        } catch (JacksonException e) {
            throw new IOException(file + " is not what was expected; correct or delete it: " + e.getOriginalMessage());
        }
    }

    private record Written(
            @Nullable Long maxFileBytes,
            @Nullable List<String> leaveOut,
            @Nullable List<String> keep) {}

    /**
     * @param siblings what lies beside the folder
     * @return why a folder is left out; null: it is not
     */
    @Nullable
    String folder(String name, Set<String> siblings) {
        if (keep.contains(name)) {
            return null;
        }
        if (leaveOut.contains(name)) {
            return "left out by the settings";
        }
        List<String> evidence = REBUILDABLE.get(name);
        if (evidence == null || (!evidence.isEmpty() && evidence.stream().noneMatch(siblings::contains))) {
            return null;
        }
        return "can be made again";
    }

    /**
     * @param inside names of what is in the folder
     * @return why a folder is left out; null: it is not
     */
    @Nullable
    String contents(Path folder, String name, Set<String> inside) {
        if (keep.contains(name)) {
            return null;
        }
        if (inside.contains("pyvenv.cfg")) {
            return "can be made again: a virtual environment of Python";
        }
        return inside.contains(TAG) && signed(folder.resolve(TAG)) ? "can be made again: a cache" : null;
    }

    private static boolean signed(Path tag) {
        if (!Files.isRegularFile(tag, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (var in = Files.newInputStream(tag)) {
            return java.util.Arrays.equals(in.readNBytes(TAG_SIGNATURE.length), TAG_SIGNATURE);
        } catch (IOException e) {
            return false;
        }
    }
}
