package dev.claudevm.provider.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives that are packed once: by whom, how far, and until when. */
@SuppressWarnings("NullAway.Init")
class KeptArchiveTest {

    private static final int SIZE = 300_000;

    @TempDir
    Path kits;

    @BeforeEach
    void aKit() throws Exception {
        byte[] noise = new byte[SIZE];
        new Random(1).nextBytes(noise);
        Files.write(Files.createDirectories(kits.resolve("linux-1")).resolve("program"), noise);
    }

    private KeptArchive archive(String name) {
        Path kit = kits.resolve(name);
        return KeptArchive.beside(kit, new TarStream.Source(kit, List.of(".")));
    }

    private static byte[] all(KeptArchive archive) throws Exception {
        try (InputStream in = archive.open()) {
            return in.readAllBytes();
        }
    }

    private List<String> names() throws Exception {
        try (Stream<Path> files = Files.list(kits)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals(".packing"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void theSecondMachineGetsWhatWasPackedForTheFirst() throws Exception {
        byte[] first = all(archive("linux-1"));
        assertThat(first).hasSizeGreaterThan(SIZE);
        assertThat(names()).containsExactly("linux-1", "linux-1.tgz");
        Files.delete(kits.resolve("linux-1/program"));
        KeptArchive again = archive("linux-1");
        assertThat(all(again)).isEqualTo(first);
        assertThat(again.source().bytes().get()).as("what people are shown").isEqualTo(first.length);
        again.forget();
        assertThat(all(again)).isNotEqualTo(first);
    }

    @Test
    void whatWasCutOffIsNotKept() throws Exception {
        try (InputStream in = archive("linux-1").open()) {
            assertThat(in.readNBytes(1000)).hasSize(1000);
        }
        assertThat(names()).containsExactly("linux-1");
        // By a process that died.
        Files.writeString(kits.resolve(".linux-1.tgz.half"), "half");
        assertThat(all(archive("linux-1"))).hasSizeGreaterThan(SIZE);
        assertThat(names()).containsExactly("linux-1", "linux-1.tgz");
    }

    @Test
    void whatTarCannotPackIsNotKept() throws Exception {
        Path kit = kits.resolve("linux-1");
        var archive = KeptArchive.beside(kit, new TarStream.Source(kit, List.of(".", "not-there")));
        assertThatThrownBy(() -> all(archive)).hasMessageContaining("tar ended");
        assertThat(names()).containsExactly("linux-1");
    }

    @Test
    void twoMachinesAtOnceBothGetItWhole() throws Exception {
        KeptArchive archive = archive("linux-1");
        try (InputStream first = archive.open()) {
            byte[] begun = first.readNBytes(1000);
            assertThat(all(archive)).hasSizeGreaterThan(SIZE).startsWith(begun);
            assertThat(names()).containsExactly(".linux-1.tgz.half", "linux-1");
            assertThat(first.readAllBytes()).hasSizeGreaterThan(SIZE - 1000);
        }
        assertThat(names()).containsExactly("linux-1", "linux-1.tgz");
        assertThat(Files.size(kits.resolve("linux-1.tgz"))).isEqualTo(all(archive).length);
    }

    @Test
    void anArchiveGoesWhenItsKitHasGone() throws Exception {
        all(archive("linux-1"));
        Files.delete(kits.resolve("linux-1/program"));
        Files.delete(kits.resolve("linux-1"));
        Files.writeString(Files.createDirectories(kits.resolve("linux-2")).resolve("program"), "x");
        all(archive("linux-2"));
        assertThat(names()).containsExactly("linux-2", "linux-2.tgz");
    }

    @Test
    void whereNothingCanBeKeptItIsPackedAllTheSame() throws Exception {
        var packed = new TarStream.Source(kits.resolve("linux-1"), List.of("."));
        assertThat(all(new KeptArchive(packed, kits.resolve("nowhere/linux-1.tgz"))))
                .hasSizeGreaterThan(SIZE);
    }
}
