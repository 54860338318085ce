package dev.claudevm.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What is put together once for many workspaces: kits of programs, unpacked bridges, caches of classes. */
public final class Kits {

    private Kits() {}

    /**
     * @return one folder for the tests of all modules and of later builds: what is in there takes long to make, is named after what it was made of, and never
     *     changes. Several JVMs may use it at once
     */
    public static Path shared() {
        try {
            return Files.createDirectories(repository().resolve("testkit/target/kits"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @return the folder of the whole project, above the module that is tested */
    static Path repository() {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("testkit/pom.xml"))) {
            root = root.getParent();
            if (root == null) {
                throw new IllegalStateException(
                        "No folder testkit above " + Path.of("").toAbsolutePath());
            }
        }
        return root;
    }
}
