package dev.claudevm.fake;

import dev.claudevm.testkit.Folders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.flywaydb.core.Flyway;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.type.classreading.CachingMetadataReaderFactory;
import org.springframework.core.type.classreading.MetadataReaderFactory;

/**
 * What takes much of a server's start and is always the same: made once for all tests of this JVM. Those of the phone tests begin with
 * nothing, as a person's does.
 */
public final class ReadyHome {

    /** As Spring Boot calls its own, which it makes anew for every context. */
    private static final String METADATA =
            "org.springframework.boot.autoconfigure.internalCachingMetadataReaderFactory";

    /** More classes than a core reads. */
    private static final int CLASSES = 4096;

    private static final MetadataReaderFactory READ_ONCE = readOnce();

    private final Path folder;

    private ReadyHome(Path folder) {
        this.folder = folder;
    }

    /** Made when it is first needed. */
    private static final class Made {
        static final ReadyHome HOME = make();
    }

    /** @param home gets a database without records, unless it has one or its server has one elsewhere, and the place where the bridge's program lies */
    static void fill(Path home) {
        try {
            Files.createDirectories(home);
            if (!Files.exists(home.resolve("kits"))) {
                Files.createSymbolicLink(home.resolve("kits"), Made.HOME.folder.resolve("kits"));
            }
            fillDatabase(home);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param home gets a database without records, unless it has one or its server has one elsewhere */
    public static void fillDatabase(Path home) throws IOException {
        Path database = home.resolve("db");
        if (!Files.exists(database) && Databases.of(home).isEmpty()) {
            Files.createDirectory(database);
            Files.copy(Made.HOME.folder.resolve("claude-vm.mv.db"), database.resolve("claude-vm.mv.db"));
        }
    }

    static void readClassesOnce(GenericApplicationContext context) {
        context.registerBean(METADATA, MetadataReaderFactory.class, () -> READ_ONCE);
    }

    private static MetadataReaderFactory readOnce() {
        CachingMetadataReaderFactory factory = new CachingMetadataReaderFactory();
        factory.setCacheLimit(CLASSES);
        return factory;
    }

    private static ReadyHome make() {
        try {
            Path folder = Files.createTempDirectory("ready-home");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> Folders.delete(folder)));
            Files.createDirectory(folder.resolve("kits"));
            Flyway.configure()
                    .dataSource("jdbc:h2:file:" + folder.resolve("claude-vm") + Databases.H2, "sa", "")
                    .load()
                    .migrate();
            return new ReadyHome(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
