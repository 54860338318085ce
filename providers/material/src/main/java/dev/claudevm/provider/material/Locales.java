package dev.claudevm.provider.material;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The locale C.UTF-8. Without any that has UTF-8 tmux does not start, and Java cannot name all files; few images have none. */
final class Locales {

    private static final List<Path> PLACES =
            List.of(Path.of("/usr/lib/locale/C.utf8"), Path.of("/usr/lib/locale/C.UTF-8"));

    /** Only where it is missing: whoever has this variable sees no other locales of the system. */
    static final String SETTING = """
            [ -e /usr/lib/locale/C.utf8 ] || [ -e /usr/lib/locale/C.UTF-8 ] || export LOCPATH="$k/share/locale"
            """;

    private Locales() {}

    static void copy(Path into) throws IOException {
        for (Path place : PLACES) {
            if (Files.isDirectory(place)) {
                copy(place, into.resolve("C.utf8"));
                return;
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(from)) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry)) {
                    copy(entry, to.resolve(entry.getFileName()));
                } else {
                    Files.copy(entry.toRealPath(), to.resolve(entry.getFileName()));
                }
            }
        }
    }
}
