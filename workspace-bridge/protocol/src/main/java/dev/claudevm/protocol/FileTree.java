package dev.claudevm.protocol;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A workspace's files on the wire. A path is text from the project's folder on, {@code ""} for that folder; a byte that is no
 * UTF-8 is written {@code %XX}, and a percent sign that two hexadecimal digits follow {@code %25}.
 */
public final class FileTree {

    private FileTree() {}

    /** What something is. */
    public enum Type {
        FILE,
        FOLDER,
        LINK,
        /** Socket, device, fifo: it is shown and never opened. */
        OTHER
    }

    /** How a file is best shown. */
    public enum Kind {
        TEXT,
        MARKDOWN,
        CSV,
        IMAGE,
        PDF,
        AUDIO,
        VIDEO,
        BINARY
    }

    /**
     * A line of a folder.
     *
     * @param size in bytes; of a folder 0
     * @param mode permission bits, octal: {@code 0644}
     * @param link only of a link
     * @param ignored git ignores it; null: not known, or no git here
     * @param readOnly nothing in it is changed through this API: {@code .git}
     */
    public record Entry(
            String name,
            String path,
            Type type,
            long size,
            Instant modified,
            String mode,
            @Nullable Link link,
            @Nullable Boolean ignored,
            boolean readOnly) {}

    /**
     * @param to the link's own words
     * @param type what is there; null: nothing, or it is out of the project
     * @param path of what is there; null likewise
     */
    public record Link(
            String to, @Nullable Type type, @Nullable String path) {}

    /**
     * A window of a folder's list: folders first, then by name without regard to case.
     *
     * @param tag of this state of the list; when it differs from the page before, look again from the beginning
     * @param total entries of the folder
     * @param folders how many of them are folders
     * @param from the number of the first entry of this window, from 0
     * @param complete false: the folder has more than is ever listed
     */
    public record Page(
            String path, String tag, int total, int folders, int from, boolean complete, List<Entry> entries) {}

    /**
     * A file or folder by itself.
     *
     * @param etag the content's version; null of anything but files
     * @param mime null of anything but files
     * @param encoding {@code utf-8}, {@code utf-16le}, {@code utf-16be}, {@code windows-1252}; null when it is no text
     * @param project what the path really is, when a link was followed
     */
    public record Info(
            Entry entry,
            @Nullable String etag,
            @Nullable String mime,
            @Nullable Kind kind,
            @Nullable String encoding,
            String project) {}

    /**
     * A window of a text.
     *
     * @param at the byte where it begins
     * @param next the byte where the next window begins; the file's size at the end
     * @param line the number of the first line, from 1; null when the window was asked for by byte and begins elsewhere
     * @param totalLines null when nobody has counted them
     * @param lines without their ends; the last may be cut, then {@code cut} is true and {@code next} goes on in it
     * @param lineEnd {@code lf} or {@code crlf}: what the first line ends with
     * @param bom the file begins with a byte order mark, which is not part of the first line
     * @param lossy some bytes are not of this encoding and shown as U+FFFD: do not save what was made of this
     */
    public record Text(
            Info info,
            long at,
            long next,
            @Nullable Long line,
            @Nullable Long totalLines,
            List<String> lines,
            boolean cut,
            String lineEnd,
            boolean bom,
            boolean lossy) {}

    /** @param at places of the letters that were found in {@code path}, in UTF-16 code units */
    public record Hit(String path, String name, int score, List<Integer> at) {}

    /**
     * What was found by name, best first.
     *
     * @param files how many were looked at
     * @param complete false: the project has more files than are indexed
     * @param fresh false: the index is being renewed; ask again
     */
    public record Found(List<Hit> hits, int files, boolean complete, boolean fresh) {}

    /**
     * A deletion that can be undone.
     *
     * @param bytes null: not counted yet
     */
    public record Deleted(
            String id,
            String path,
            Type type,
            Instant at,
            @Nullable Long bytes) {}

    /** Newest first. */
    public record Trash(List<Deleted> deleted) {}

    /** @param undo the deletion of what was replaced; null when there was nothing */
    public record Moved(Entry entry, @Nullable Deleted undo) {}

    /**
     * A folder that is watched has changed.
     *
     * @param entries are new or changed
     * @param gone names that are not there any more
     * @param again true: look at the whole folder again; the lists are empty then
     */
    public record Change(String folder, List<Entry> entries, List<String> gone, boolean again) {}
}
