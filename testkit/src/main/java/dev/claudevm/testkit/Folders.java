package dev.claudevm.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Temporary folders of programs that tests start. */
public final class Folders {

    private Folders() {}

    /** Deletes {@code folder} with all that is in it, as far as that goes: a program that dies late may still write there. */
    public static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException | UncheckedIOException goneAlready) {
            // The system's own cleaning takes the rest.
        }
    }
}
