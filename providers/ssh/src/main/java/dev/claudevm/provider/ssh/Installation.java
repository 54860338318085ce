package dev.claudevm.provider.ssh;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** The name of a provider's folder on its machine: several installations may share a machine's user, and touch only their own. */
final class Installation {

    private Installation() {}

    /** @param folder where the name is kept; made at the first call */
    static String of(Path folder) throws IOException {
        Path file = folder.resolve("installation");
        if (!Files.exists(file)) {
            Files.createDirectories(folder);
            Path fresh = Files.createTempFile(folder, ".installation", ".new");
            try {
                Files.writeString(
                        fresh, UUID.randomUUID().toString().substring(0, 13).replace("-", ""));
                // Who is second takes the first one's.
                Files.createLink(file, fresh);
            } catch (FileAlreadyExistsException e) {
                return Files.readString(file).strip();
            } finally {
                Files.deleteIfExists(fresh);
            }
        }
        return Files.readString(file).strip();
    }
}
