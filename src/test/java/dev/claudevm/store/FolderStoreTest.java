package dev.claudevm.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
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
    void whatACrashLeftHalfWrittenIsInNoList() throws Exception {
        put("half/whole", "whole");
        Files.writeString(folder.resolve("store/objects/half/whole-0b5e7a2e-3f0c-4b7e-9d0a-5f6a7b8c9d0e"), "wh");
        assertThat(store.list("half/")).extracting(ObjectStore.Entry::key).containsExactly("half/whole");
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
