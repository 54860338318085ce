package dev.claudevm.bridge;

import dev.claudevm.protocol.Command;
import dev.claudevm.protocol.Limits;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Messages typed into the pane: one file each in {@code typed/}; the file's name is the message's id. */
final class TypedMessages {

    /** Who says what is typed into the pane. */
    static final String TERMINAL = "terminal";

    private static final long EVERY_NANOS = 150_000_000L;

    private final Path folder;
    private long readAt = System.nanoTime() - EVERY_NANOS;

    TypedMessages(Path folder) {
        this.folder = folder;
    }

    /** @return what was typed and not taken yet, oldest first; looks only every now and then */
    List<Command> read(boolean alive) throws IOException {
        if (!alive || System.nanoTime() - readAt < EVERY_NANOS || !Files.isDirectory(folder)) {
            return List.of();
        }
        readAt = System.nanoTime();
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(
                folder, f -> !f.getFileName().toString().startsWith("."))) {
            all.forEach(files::add);
        }
        files.sort(Comparator.comparing((Path f) -> f.toFile().lastModified()).thenComparing(f -> f));
        List<Command> messages = new ArrayList<>();
        for (Path file : files) {
            if (Files.size(file) > Limits.MESSAGE_BYTES) {
                Files.delete(file);
                continue;
            }
            String text = new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.UTF_8);
            messages.add(new Command.Enqueue(file.getFileName().toString(), text, false, List.of(), TERMINAL));
        }
        return messages;
    }

    /** The message is in the journal. */
    void done(String id) throws IOException {
        Files.deleteIfExists(folder.resolve(id));
    }
}
