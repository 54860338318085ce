package dev.claudevm.bridge.files;

import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/**
 * How much of everything. {@code files.json} in the bridge's folder may name others than {@link #STANDARD}.
 *
 * @param pageEntries most entries of one page of a folder
 * @param folderEntries most entries of a folder that is listed; the rest is said to be there
 * @param hashedBytes up to here a file's version is the hash of its content; above, its inode, time and size
 * @param windowLines most lines of one window of text
 * @param windowBytes most bytes of one window of text
 * @param scanBytes most bytes that are read to find a line by its number
 * @param saveBytes largest file that is saved or uploaded
 * @param trashBytes what the trash keeps; the oldest goes first
 * @param trashDays how long the trash keeps
 * @param trashItems most deletions that can be undone
 * @param indexedFiles most files that are found by name
 * @param found most files in one answer of a search by name
 * @param searchMatches most matches of a search by content
 * @param searchSeconds longest search
 * @param searchFileBytes larger files are not searched
 * @param lineChars longest piece of a line that a match shows
 * @param archiveBytes largest archive as it is sent
 * @param watchedFolders most folders of one watch
 * @param watches most watches at once
 */
record FileBounds(
        int pageEntries,
        int folderEntries,
        long hashedBytes,
        int windowLines,
        int windowBytes,
        long scanBytes,
        long saveBytes,
        long trashBytes,
        int trashDays,
        int trashItems,
        int indexedFiles,
        int found,
        int searchMatches,
        int searchSeconds,
        long searchFileBytes,
        int lineChars,
        long archiveBytes,
        int watchedFolders,
        int watches) {

    private static final long MIB = 1024L * 1024;

    static final FileBounds STANDARD = new FileBounds(
            2_000,
            500_000,
            4 * MIB,
            5_000,
            (int) MIB,
            2_048 * MIB,
            8_192 * MIB,
            4_096 * MIB,
            7,
            500,
            300_000,
            100,
            2_000,
            60,
            32 * MIB,
            400,
            32_768 * MIB,
            200,
            32);

    /** @param file need not be there; JSON with some of the names above */
    static FileBounds read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return STANDARD;
        }
        try {
            ObjectNode all = Json.MAPPER.valueToTree(STANDARD);
            Json.MAPPER.readTree(Files.readAllBytes(file)).propertyStream().forEach(p -> {
                if (!all.has(p.getKey())
                        || !p.getValue().isIntegralNumber()
                        || p.getValue().asLong() <= 0) {
                    throw new IllegalArgumentException(file + ": \"" + p.getKey() + "\": " + p.getValue()
                            + " is not known or not a positive number; correct or delete it.");
                }
                all.set(p.getKey(), p.getValue());
            });
            return Json.MAPPER.treeToValue(all, FileBounds.class);
        } catch (JacksonException e) {
            throw new IOException(file + " is not what was expected; correct or delete it: " + e.getOriginalMessage());
        }
    }
}
