package dev.claudevm.bridge.checkpoint;

import dev.claudevm.bridge.checkpoint.Objects.Item;
import dev.claudevm.bridge.checkpoint.Stat.Kind;
import dev.claudevm.bridge.tree.TreePath;
import dev.claudevm.protocol.Hunk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a file is without one of its changes. Where nothing else happened to the file since, its bytes are put together
 * here; else git merges: the change back, and whatever came since. All are bytes, so line ends and encodings play no role.
 */
final class HunkMerge {

    private static final int MAX_BYTES = 16 * 1024 * 1024;

    private final Git git;
    private final Path scratch;

    /** @param scratch a folder for what git merges; used by one at a time */
    HunkMerge(Git git, Path scratch) {
        this.git = git;
        this.scratch = scratch;
    }

    /** @return id of the content, which the store has now. @throws HunkDoesNotApply when it cannot be taken back alone */
    String without(String present, String from, TreePath path, Hunk hunk) throws IOException {
        byte[] was;
        byte[] became;
        byte[] is;
        try (Objects objects = new Objects(git)) {
            was = content(objects, from, path);
            became = content(objects, hunk.to(), path);
            is = content(objects, present, path);
        }
        byte[] back = replaced(became, hunk.newLine(), hunk.newLines(), was, hunk.oldLine(), hunk.oldLines());
        if (back == null) {
            throw new HunkDoesNotApply(path + " has no such change between these checkpoints; look at it again.");
        }
        if (Arrays.equals(is, became)) {
            return stored(back);
        }
        byte[] merged = Arrays.equals(is, back) ? is : merged(is, became, back);
        if (merged == null) {
            throw new HunkDoesNotApply(
                    path
                            + " changed at this place since, so this change cannot be taken back alone. Restore the whole file, or edit it.");
        }
        return stored(merged);
    }

    private static byte[] content(Objects objects, String checkpoint, TreePath path) throws IOException {
        Item item = objects.find(checkpoint, path);
        if (item == null || item.kind() != Kind.FILE) {
            throw new HunkDoesNotApply(
                    path + " is not a file in each of the states, so it can only be restored as a whole.");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream() {
            @Override
            public synchronized void write(byte[] b, int from, int length) {
                if (count + length > MAX_BYTES) {
                    throw new HunkDoesNotApply(path + " is too large; restore it as a whole.");
                }
                super.write(b, from, length);
            }
        };
        objects.copy(item.id(), bytes);
        return bytes.toByteArray();
    }

    /** @return {@code text} with some lines of another one in the place of some of its own; null: there are no such lines */
    static byte @Nullable [] replaced(byte[] text, int line, int lines, byte[] other, int otherLine, int otherLines) {
        int from = start(text, line);
        int to = start(text, (long) line + lines);
        int otherFrom = otherLines == 0 ? 0 : start(other, otherLine);
        int otherTo = otherLines == 0 ? 0 : start(other, (long) otherLine + otherLines);
        if (lines < 0 || otherLines < 0 || from < 0 || to < 0 || otherFrom < 0 || otherTo < 0) {
            return null;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length + otherTo - otherFrom);
        out.write(text, 0, from);
        out.write(other, otherFrom, otherTo - otherFrom);
        out.write(text, to, text.length - to);
        return out.toByteArray();
    }

    /** @return where a line begins; the line after the last one begins at the end. -1: there is no such line */
    private static int start(byte[] text, long line) {
        if (line < 1) {
            return -1;
        }
        int at = 0;
        for (long n = 1; n < line; n++) {
            if (at == text.length) {
                return -1;
            }
            while (at < text.length && text[at] != '\n') {
                at++;
            }
            at = Math.min(text.length, at + 1);
        }
        return at;
    }

    /** @return null when both changed the same place, or it is no text */
    private byte @Nullable [] merged(byte[] is, byte[] base, byte[] back) throws IOException {
        Files.createDirectories(scratch);
        Path mine = Files.write(scratch.resolve("is"), is);
        Path old = Files.write(scratch.resolve("base"), base);
        Path other = Files.write(scratch.resolve("back"), back);
        try (Git.Running running =
                git.start("merge-file", "-p", "-q", mine.toString(), old.toString(), other.toString())) {
            running.process().getOutputStream().close();
            byte[] out;
            try (InputStream in = running.process().getInputStream()) {
                out = in.readAllBytes();
            }
            return running.process().waitFor() == 0 ? out : null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while git worked", e);
        } finally {
            Files.deleteIfExists(mine);
            Files.deleteIfExists(old);
            Files.deleteIfExists(other);
        }
    }

    private String stored(byte[] content) throws IOException {
        try (Git.Running running = git.start("hash-object", "-w", "--no-filters", "--stdin")) {
            try (OutputStream out = running.process().getOutputStream()) {
                out.write(content);
            }
            String id;
            try (InputStream in = running.process().getInputStream()) {
                id = new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
            }
            running.finish();
            return id;
        }
    }
}
