package dev.claudevm.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudevm.testkit.CleanProcess;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder as object store: what everybody has who configures nothing. */
class FolderStoreTest extends ObjectStoreContract {

    @TempDir
    static Path folder;

    private static JcloudsStore store;

    @BeforeAll
    static void open() {
        store = Stores.folder(folder.resolve("store"));
    }

    @AfterAll
    static void close() {
        store.close();
    }

    @Override
    ObjectStore store() {
        return store;
    }

    @Test
    void whatACrashLeftHalfWrittenIsInNoListAndIsSweptAway() throws Exception {
        put("half/whole", "whole");
        Path half = folder.resolve("store/objects/half/whole-0b5e7a2e-3f0c-4b7e-9d0a-5f6a7b8c9d0e");
        Files.writeString(half, "wh");
        assertThat(store.list("half/")).extracting(ObjectStore.Entry::key).containsExactly("half/whole");
        store.sweep("half/");
        assertThat(half).doesNotExist();
        assertThat(store.list("half/")).extracting(ObjectStore.Entry::key).containsExactly("half/whole");
    }

    /** A disk of two megabytes. */
    @Test
    void aFullDiskIsSaidAndLeavesWhatWasThere() throws Exception {
        Path disk = Files.createDirectories(folder.resolve("disk"));
        run("mount", "-t", "tmpfs", "-o", "size=2m", "small", disk.toString());
        try (JcloudsStore small = Stores.folder(disk.resolve("store"))) {
            small.put("a/b", bytes("before"), 6);
            byte[] large = new byte[3_000_000];
            assertThatThrownBy(() -> small.put("a/b", new ByteArrayInputStream(large), large.length))
                    .isInstanceOfSatisfying(StoreException.class, e -> {
                        assertThat(e.kind()).isEqualTo(StoreException.Kind.FULL);
                        assertThat(e.todo()).isNotEmpty();
                    });
            assertThat(small.list("a/")).containsExactly(new ObjectStore.Entry("a/b", 6));
            small.put("a/c", bytes("after"), 5);
        } finally {
            run("umount", disk.toString());
        }
    }

    private static void run(String... command) {
        try (CleanProcess process = CleanProcess.of(command).start()) {
            assertThat(process.awaitExit(Duration.ofSeconds(10)))
                    .as(process.log())
                    .isZero();
        }
    }

    @Test
    void aFolderThatCannotBeMadeSaysWhatToDo() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "in the way");
        try (JcloudsStore wrong = Stores.folder(file.resolve("store"))) {
            assertThatThrownBy(() -> wrong.put("a", bytes("x"), 1)).isInstanceOfSatisfying(StoreException.class, e -> {
                assertThat(e).hasMessageContaining(file.toString());
                assertThat(e.todo()).contains("folder");
            });
        }
    }
}
