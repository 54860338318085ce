package dev.claudevm.backup;

import dev.claudevm.conversation.JournalTransfers.Said;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;

/** Where conversations wait until the file in which they come has been seen to its end. */
final class Spool implements AutoCloseable {

    private static final String PREFIX = "restoring-";

    private final Path folder;
    private final Map<String, Integer> chunks = new HashMap<>();
    private final Map<String, List<Said>> said = new HashMap<>();
    private final Set<String> objects = new HashSet<>();

    /** @param home nobody else can look into it */
    Spool(Path home) throws IOException {
        folder = Files.createTempDirectory(home, PREFIX);
    }

    /** Removes what a server that was killed has left. */
    static void sweep(Path home) throws IOException {
        try (var left = Files.newDirectoryStream(home, PREFIX + "*")) {
            for (Path one : left) {
                FileSystemUtils.deleteRecursively(one);
            }
        }
    }

    void object(String path) {
        objects.add(path);
    }

    Set<String> objects() {
        return objects;
    }

    /** @param chunk counts from 1 */
    void events(String conversation, int chunk, BackupReader.Entry content) throws IOException {
        if (chunks.merge(conversation, 1, Integer::sum) != chunk) {
            throw new BackupReader.Damaged("the parts of a conversation are not in order");
        }
        try (OutputStream out = Files.newOutputStream(
                folder.resolve(conversation), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            content.transferTo(out);
        }
    }

    void said(String conversation, List<Said> undelivered) {
        said.put(conversation, undelivered);
    }

    List<Said> said(String conversation) {
        return said.getOrDefault(conversation, List.of());
    }

    Lines events(String conversation) {
        return new Lines(folder.resolve(conversation));
    }

    /** Lines of a file, one after the other. */
    static final class Lines implements Iterator<String>, AutoCloseable {
        private final @Nullable BufferedReader reader;
        private @Nullable String next;

        private Lines(Path file) {
            try {
                BufferedReader opened;
                try {
                    opened = Files.newBufferedReader(file, StandardCharsets.UTF_8);
                } catch (NoSuchFileException none) {
                    opened = null;
                }
                reader = opened;
                next = opened == null ? null : opened.readLine();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public String next() {
            String line = next;
            BufferedReader from = reader;
            if (line == null || from == null) {
                throw new NoSuchElementException();
            }
            try {
                next = from.readLine();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return line;
        }

        @Override
        public void close() {
            try {
                if (reader != null) {
                    reader.close();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        FileSystemUtils.deleteRecursively(folder);
    }
}
