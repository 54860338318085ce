package dev.claudevm.store;

import java.nio.file.Path;

/** Object stores for the tests of other packages. */
public final class TestStores {

    private TestStores() {}

    public static ObjectStore folder(Path folder) {
        return Stores.folder(folder);
    }

    public static void close(ObjectStore store) {
        ((JcloudsStore) store).close();
    }
}
