package dev.claudevm.provider.material;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init")
class KitUseTest {

    @TempDir
    Path kits;

    private KitUse use;

    @BeforeEach
    void twoVersions() throws IOException {
        use = new KitUse(kits);
        for (String kit : List.of("linux-1", "linux-2", "a", "b")) {
            Files.writeString(Files.createDirectory(kits.resolve(kit)).resolve("file"), kit);
        }
        Files.createDirectory(kits.resolve("caches"));
        for (String cache : List.of("linux-1-a", "linux-1-b", "linux-2-b")) {
            Files.createFile(kits.resolve("caches/" + cache + ".aot"));
        }
        for (String file : List.of("linux-1.tgz", "linux-2.tgz", "caches/linux-2-b.aot.tgz", ".making", ".packing")) {
            Files.createFile(kits.resolve(file));
        }
        monthsPass();
    }

    private void monthsPass() throws IOException {
        try (Stream<Path> all = Files.walk(kits)) {
            for (Path path : all.toList()) {
                Files.setLastModifiedTime(path, FileTime.from(Instant.now().minus(Duration.ofDays(100))));
            }
        }
    }

    private List<String> removed(String... running) throws IOException {
        return use.removeUnused(Set.of("linux-2", "b"), Set.of(running));
    }

    private List<String> left(String folder) throws IOException {
        try (Stream<Path> all = Files.list(kits.resolve(folder))) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void anOldKitStaysForAsLongAsAWorkspaceRunsWithIt() throws Exception {
        KitUse.mark("calm-fox-1", kits.resolve("a"));
        KitUse.mark("calm-fox-1", kits.resolve("linux-1"));
        monthsPass();
        assertThat(removed("calm-fox-1")).isEmpty();

        // It was started again, after an update.
        KitUse.mark("calm-fox-1", kits.resolve("b"));
        assertThat(removed("calm-fox-1")).containsExactly("a");
        assertThat(left("caches")).containsExactly("linux-1-b.aot", "linux-2-b.aot", "linux-2-b.aot.tgz");
        KitUse.mark("calm-fox-1", kits.resolve("linux-2"));
        assertThat(removed("calm-fox-1")).containsExactly("linux-1");

        assertThat(left("")).containsExactly(".making", ".packing", ".users", "b", "caches", "linux-2", "linux-2.tgz");
        assertThat(left("caches")).containsExactly("linux-2-b.aot", "linux-2-b.aot.tgz");
        assertThat(left(".users/calm-fox-1")).containsExactly("b", "linux-2");
    }

    @Test
    void aWorkspaceThatRunsNoLongerUsesNone() throws Exception {
        KitUse.mark("calm-fox-1", kits.resolve("a"));
        monthsPass();
        assertThat(removed()).containsExactlyInAnyOrder("a", "linux-1");
        assertThat(left(".users")).isEmpty();
    }

    /** It runs since before it was written down with what, or just now begins to. */
    @Test
    void nothingIsRemovedWhileItIsUnknownWhatOneRunsWith() throws Exception {
        KitUse.mark("calm-fox-1", kits.resolve("b"));
        monthsPass();
        assertThat(removed("calm-fox-1", "old-owl-2")).isEmpty();
        assertThat(left("")).contains("a", "linux-1");
    }

    @Test
    void whatHasJustBeenMadeStays() throws Exception {
        Files.createDirectory(kits.resolve("linux-3"));
        Files.createFile(kits.resolve("caches/linux-3-b.aot"));
        Files.createDirectory(kits.resolve(".new-4711"));
        KitUse.mark("calm-fox-1", kits.resolve("linux-3"));
        removed();
        assertThat(left("")).contains(".new-4711", "linux-3").doesNotContain("linux-1");
        assertThat(left("caches")).containsExactly("linux-2-b.aot", "linux-2-b.aot.tgz", "linux-3-b.aot");
        assertThat(left(".users")).containsExactly("calm-fox-1");
    }

    /** A process died while it unpacked one, another while it removed one. */
    @Test
    void halvesOfDeadProcessesGo() throws Exception {
        Files.writeString(Files.createDirectory(kits.resolve(".new-4711")).resolve("file"), "half");
        Files.createDirectory(kits.resolve(".old-linux-0"));
        monthsPass();
        assertThat(removed()).containsExactlyInAnyOrder("a", "linux-1");
        assertThat(left("")).containsExactly(".making", ".packing", "b", "caches", "linux-2", "linux-2.tgz");
    }

    @Test
    void aWorkspaceDoesNotStartWhenItCannotBeWrittenDown() throws Exception {
        Files.writeString(kits.resolve(".users"), "not a folder");
        assertThatThrownBy(() -> KitUse.mark("calm-fox-1", kits.resolve("b"))).isInstanceOf(IOException.class);
    }
}
